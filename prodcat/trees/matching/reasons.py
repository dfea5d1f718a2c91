"""Why two categories are taken for counterparts, in a few words."""

from prodcat.arrays import Float32Array
from prodcat.trees.matching.pairs import SIGNS
from prodcat.wording import percent

PLACES = {name: place for place, name in enumerate(SIGNS)}
ALIKE = 0.6
MEANT = 0.6


def reason(signs: Float32Array, share: float | None = None) -> str:
    """Say what speaks for a pair.

    Args:
        signs: Of the pair, (`SIGNS`,).
        share: Of the left category's products that are in the right one; None if not known.
    """
    if share is not None and share > 0:
        return f"{percent(share, digits=0)} of its products are there"
    value = {name: float(signs[place]) for name, place in PLACES.items()}
    if value["same_path"]:
        return "the same path"
    if value["same_name"]:
        below = value["parents_name"] > ALIKE
        return "the same name below the same parent" if below else "the same name"
    if value["name_of_parent"] > ALIKE:
        return "the counterpart of its parent, which has nothing closer"
    if value["name_pieces"] > ALIKE:
        return "a similar name"
    if value["name_in_path"] > ALIKE:
        return "its words are in the path"
    if value["path_has_name"] > ALIKE:
        return "the words are in its path"
    if max(value["name_meaning"], value["path_meaning"]) > MEANT:
        return "a similar meaning"
    return "the closest place in the tree"
