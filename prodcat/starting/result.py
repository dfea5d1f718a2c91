"""What came of starting a model."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodcat.starting.calibrating import Known
from prodcat.taxonomy.paths import CategoryPath, join_path

LABELS_A_LEAF = 5
FIRST = 300
"""Labelled products below which a promise is out of reach, whatever the tree."""


@dataclass(frozen=True)
class Alike:
    """Two categories whose names say nearly the same."""

    first: CategoryPath
    second: CategoryPath
    cosine: float
    """Of their prototypes."""


@dataclass(frozen=True)
class Started:
    """A model that was made of names, and what to do next."""

    folder: Path
    leaves: int
    categories: int
    products: int
    """Unlabelled products that it was adapted on."""
    encoder: str
    alike: tuple[Alike, ...]
    """The pairs that will be confused most, the most alike first."""
    known: Known

    @property
    def to_label(self) -> int:
        """About how many products to label before anything can be promised."""
        return max(FIRST, LABELS_A_LEAF * self.leaves)

    @property
    def said(self) -> str:
        """What its answers are worth, in one line."""
        return (
            f"Answers go by the threshold at which {self.known.accuracy:.0%} were right in other"
            " trees; nothing is promised for this one, and nothing at 98 %, until products are"
            " labelled."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "model": str(self.folder),
            "leaves": self.leaves,
            "categories": self.categories,
            "products": self.products,
            "encoder": self.encoder,
            "alike": [
                {"first": join_path(a.first), "second": join_path(a.second), "cosine": a.cosine}
                for a in self.alike
            ],
            "promised": False,
            "to_label": self.to_label,
        }
