"""What we are given and what we answer."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prodcat.errors import InputError

if TYPE_CHECKING:
    # `import prodcat` loads this file, and nothing of the category tree.
    from prodcat.taxonomy.paths import CategoryPath

PARTS = ("name", "description", "image")
"""The parts of a product, in the order in which a pattern names them."""


ImageSource = Any
"""A picture: path, encoded bytes, PIL image, or array (H, W), (H, W, 3) or (H, W, 4) of uint8."""


@dataclass(frozen=True)
class Product:
    """One product to categorize; any part may be missing.

    ``name`` and ``description`` may be anything a data frame holds for a missing
    text: None, NaN, an empty string.
    """

    name: str | None = None
    description: str | None = None
    image: ImageSource | None = None
    """Path, encoded bytes, PIL image or array of uint8; None when there is none."""
    id: str | None = None

    @classmethod
    def from_mapping(cls, row: Mapping[str, Any]) -> "Product":
        """Read a product from a dict, such as a row of JSON.

        Raises:
            InputError: If a key is not one of ours.

        >>> Product.from_mapping({"name": "Blue jeans"}).name
        'Blue jeans'
        """
        unknown = sorted(set(row) - {"id", "name", "description", "image"})
        if unknown:
            raise InputError(
                f"Unknown key {unknown[0]!r} in a product."
                " A product has: id, name, description, image."
            )
        return cls(**row)


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
            "alternatives": [
                {"path": list(a.path), "probability": a.probability} for a in self.alternatives
            ],
            "used": list(self.used),
            "error": self.error,
        }

    def to_json(self) -> str:
        """Return the answer as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def __str__(self) -> str:
        if self.error is not None:
            return f"error: {self.error}"
        if self.abstained:
            best = f"; best guess {self.alternatives[0]}" if self.alternatives else ""
            return f"abstained{best}"
        return f"{' > '.join(self.path)} ({self.probability:.1%})"


PathLike = str | os.PathLike[str]


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
