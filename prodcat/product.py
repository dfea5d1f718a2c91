"""What we are given and what we answer."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from prodcat.errors import InputError

if TYPE_CHECKING:
    # `import prodcat` loads this file, and nothing of the category tree.
    from prodcat.taxonomy.paths import CategoryPath

PARTS = ("name", "description", "image")
"""The parts of a product, in the order in which a pattern names them."""
KEYS = ("id", *PARTS)
"""What a dict of a product may have."""


# PIL's and numpy's types would say more, but `import prodcat` loads neither.
ImageSource = Any
"""A picture: path; encoded bytes, or a file object or base64 of them; PIL image; array (H, W),
(H, W, 3) or (H, W, 4) of uint8; tensor; or a dict of ``bytes`` and ``path``, as Hugging Face has.
"""


@dataclass(frozen=True)
class Product:
    """One product to categorize; any part may be missing.

    ``name`` and ``description`` may be anything a data frame holds for a missing
    text: None, NaN, an empty string.
    """

    name: str | None = None
    description: str | None = None
    image: ImageSource | None = None
    """See `ImageSource`; None when there is none."""
    id: str | None = None

    @classmethod
    def from_mapping(cls, row: Mapping[str, Any]) -> "Product":
        """Read a product from a dict, such as a row of JSON; other keys than ours are left alone.

        Args:
            row: Keys id, name, description (or ``desc``, as `predict` calls it) and image.

        Raises:
            InputError: If none of the keys is a part of a product, or a description is there twice.

        >>> Product.from_mapping({"name": "Blue jeans", "price": 49.9}).name
        'Blue jeans'
        """
        if row and not row.keys() & {*KEYS, "desc"}:
            listed = ", ".join(str(key) for key in list(row)[:10])
            raise InputError(
                f"A product has the keys {', '.join(KEYS)}, but this one has {listed:.200}."
            )
        description = one_description(row.get("desc"), row.get("description"))
        return cls(row.get("name"), description, row.get("image"), row.get("id"))


@dataclass(frozen=True)
class Alternative:
    """One of the best leaves."""

    path: "CategoryPath"
    probability: float

    @property
    def category(self) -> str:
        """Name of the leaf."""
        return self.path[-1]

    def __str__(self) -> str:
        return f"{' > '.join(self.path)} ({self.probability:.1%})"


@dataclass(frozen=True)
class Prediction:
    """The answer for one product.

    >>> answer = Prediction(("Women", "Jeans"), 0.97, alternatives=(), used=("name",))
    >>> print(answer)
    Women > Jeans (97.0%)
    >>> answer.category
    'Jeans'
    """

    path: "CategoryPath"
    """Names from the root to the answer; empty when abstained."""
    probability: float
    """Calibrated probability that the path is right, 0 to 1; of the best leaf when abstained."""
    abstained: bool = False
    alternatives: tuple[Alternative, ...] = ()
    """The best leaves, most probable first."""
    used: tuple[str, ...] = ()
    """Which of name, description and image there were."""
    error: str | None = None
    """Why a product of a batch could not be answered; None when it could."""
    reason: str | None = None
    """Why it abstained: `UNSURE`, `FOREIGN`, `UNREAD` or `UNPLACED`; None when it answered."""
    needed: float | None = None
    """Probability that an answer would have taken; None where none would have done, or where the
    product was not asked for one."""
    between: tuple[Alternative, ...] = ()
    """What it could not decide between: the two best categories a level below the answer, the more
    probable first; empty when the answer is a leaf."""

    picture: Any = field(default=None, repr=False, compare=False)
    """What `predict` saw, (3, H, W) of uint8, to be shown with the answer; None for none, for one
    that was not decoded, and in batches, where all of them together would fill the memory."""

    @property
    def leaf(self) -> "CategoryPath | None":
        """Path of the best leaf, whatever the threshold; None when nothing could be read."""
        return self.alternatives[0].path if self.alternatives else None

    @property
    def leaf_probability(self) -> float | None:
        """Calibrated probability of the best leaf."""
        return self.alternatives[0].probability if self.alternatives else None

    @property
    def category(self) -> str | None:
        """Name of the answered category; None when abstained."""
        return self.path[-1] if self.path else None

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, strings and numbers."""
        return {
            "path": list(self.path),
            "category": self.category,
            "probability": self.probability,
            "abstained": self.abstained,
            "reason": self.reason,
            "needed": self.needed,
            "leaf": None if self.leaf is None else list(self.leaf),
            "leaf_probability": self.leaf_probability,
            "alternatives": [
                {"path": list(a.path), "probability": a.probability} for a in self.alternatives
            ],
            "used": list(self.used),
            "error": self.error,
        }

    def to_json(self) -> str:
        """Return the answer as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def _repr_html_(self) -> str:
        """Show it in a notebook: its picture, the answer, and a bar for each of the best leaves."""
        answer = str(replace(self, error=None)) if self.used else str(self)
        lines = [f"<div><b>{_escaped(answer)}</b></div>"]
        if self.error is not None and self.used:
            lines.append(f"<div>{_escaped(self.error)}</div>")
        lines += [
            f"<div><span style='{BAR};width:{140 * a.probability:.0f}px'></span>"
            f" {_escaped(str(a))}</div>"
            for a in self.alternatives
        ]
        if self.used:
            lines.append(f"<small>from {_escaped(', '.join(self.used))}</small>")
        shown = "" if self.picture is None else f"<img src='{_data_uri(self.picture)}' alt=''>"
        return f"<div style='{SIDE_BY_SIDE}'>{shown}<div>{''.join(lines)}</div></div>"

    def __getstate__(self) -> dict[str, Any]:
        # An answer from another process need not bring its picture, a hundred times as large.
        return {**self.__dict__, "picture": None}

    def __str__(self) -> str:
        if self.error is not None:
            return f"error: {self.error}"
        if self.abstained:
            return self._abstention()
        return f"{' > '.join(self.path)} ({self.probability:.1%})"

    def _abstention(self) -> str:
        best = f"; best guess {self.alternatives[0]}" if self.alternatives else ""
        if self.reason == UNSURE and self.needed is not None and self.between:
            # No more digits than tell the two apart.
            digits = 0 if round(self.between[0].probability, 2) < round(self.needed, 2) else 1
            torn = ", ".join(
                f"{b.category} {_percent(b.probability, digits)}" for b in self.between
            )
            return f"not sure enough: needs {_percent(self.needed, digits)}, {torn}"
        return f"{self.reason or 'abstained'}{best}"


SIDE_BY_SIDE = "display:flex;gap:1em;align-items:center"
BAR = "display:inline-block;height:.7em;background:currentColor;opacity:.4"
"""Style of what a notebook shows; in its own colours, be they dark or light."""


def _escaped(text: str) -> str:
    import html

    return html.escape(text)


def _data_uri(pixels: Any) -> str:
    """Return a small picture as text that a page can hold."""
    import base64
    import io

    from PIL import Image

    picture = Image.fromarray(pixels.transpose(1, 2, 0))
    picture.thumbnail((128, 128))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


def _percent(share: float, digits: int) -> str:
    return f"{100 * share:.{digits}f} %"


UNSURE = "unsure"
FOREIGN = "unlike anything learnt"
UNREAD = "nothing to read"
UNPLACED = "no place in this tree"
"""Why a product is not answered: no category is probable enough; it is like nothing that the
model learnt, whatever its probabilities; nothing was given, or nothing of it could be read; the
tree that it was asked for in has no category for what it is, or several without one above them."""

PathLike = str | os.PathLike[str]


def one_description(desc: Any, description: Any) -> Any:
    """Return the description that was given by one name or the other.

    Raises:
        InputError: If it was given by both.
    """
    if desc is not None and description is not None:
        raise InputError("desc and description are the same; give one of them.")
    return description if desc is None else desc


def pattern_of(used: Sequence[str]) -> str:
    """Name the pattern of a product that has these parts.

    Raises:
        InputError: If there is none, or one that no product has.

    >>> pattern_of(["image", "name"])
    'name+image'
    """
    unknown = sorted(set(used) - set(PARTS))
    if unknown or not used:
        culprit = repr(unknown[0]) if unknown else "none"
        raise InputError(f"A product's parts are {', '.join(PARTS)}, but found {culprit}.")
    return "+".join(part for part in PARTS if part in used)
