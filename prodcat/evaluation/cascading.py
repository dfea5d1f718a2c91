"""Write a cascade: two models as one."""

import json
from pathlib import Path

from prodcat.errors import ModelError
from prodcat.files import let_all_read, write_json, write_text
from prodcat.inference.cascade import check_same_tree
from prodcat.modeldir.format import CARD, FIRST, MODEL_JSON, Handover, format_of, reads_more
from prodcat.modeldir.reading import ModelDir
from prodcat.modeldir.recalibrating import copy_needed, copy_whole
from prodcat.modeldir.trees import refuse_moved


def check_pair(small: ModelDir, large: ModelDir) -> None:
    """Refuse two models that make no cascade.

    Raises:
        ModelError: If they are of other trees, moved, or cascades already, or the smaller one
            reads what the larger one does not.
    """
    for model in (small, large):
        refuse_moved(model.folder, model.moved)
        if model.first is not None:
            raise ModelError(f"{model.folder} is a cascade already; name the models of one.")
    if more := reads_more(small, large):
        raise ModelError(
            f"{small.folder} reads {more}, which {large.folder} does not; the model that is asked"
            " first reads no more."
        )
    if not set(small.leaf_paths) & set(large.leaf_paths):
        check_same_tree(small, large)


def write_cascade(small: ModelDir, large: ModelDir, handover: Handover, folder: Path) -> None:
    """Make a cascade of a folder, calibrated as the larger model: for those that come next.

    Args:
        small: Its smaller model.
        large: Its larger one.
        handover: How they work together.
        folder: An empty one.
    """
    # Before anything is copied: the new hashes would bear out a file that was altered.
    large.verify()
    small.verify()
    (folder / FIRST).mkdir()
    copy_needed(large, folder)
    copy_whole(small, folder / FIRST)
    data = json.loads(large.model_json) | {
        "format": format_of(cascade=True),
        FIRST: handover.to_dict(small.fingerprint),
    }
    # What answering does not need, such as weights, is not copied.
    data["files"] = {name: data["files"][name] for name in sorted(large.needed)}
    write_text(folder / CARD, cascade_card(small, large, handover))
    write_json(folder / MODEL_JSON, data, indent=1)
    let_all_read(folder / FIRST)
    let_all_read(folder)


def cascade_card(small: ModelDir, large: ModelDir, handover: Handover) -> str:
    """Return what is told of the two; measures follow from `with_measures`."""
    about = (large.card or f"# {large.name}").partition("## Measured\n")[0].rstrip()
    made = (small.card or "").partition("## Made of\n")[2].partition("\n## ")[0].strip()
    return "\n".join(
        [
            about,
            "",
            "## Asked first",
            "",
            "A smaller network answers what it is sure of: leaves with a probability of at least"
            f" {handover.gate:g} by its own calibration"
            + _told_of_texts(handover)
            + ". All else goes to the larger one, whose"
            f" logits get those of the smaller one added with a weight of {handover.weight:g}."
            " Measures and promises are those of both together.",
            "",
            made or f"It is {small.name}.",
            "",
        ]
    )


def _told_of_texts(handover: Handover) -> str:
    if handover.text_gate is None:
        return ""
    return (
        f", or of {handover.text_gate:g} from the text of a product alone, whose picture is not"
        " looked at then"
    )
