"""What a search answers with."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class SimilarProduct:
    """A product of the index that is like the one asked for."""

    id: str
    similarity: float
    """Weighted sum of the cosines of its vectors with those asked for, -1 to 1; what the one asked
    for is (kind ``fused``) is told by its nearest products, too."""
    path: tuple[str, ...]
    """Its category as the corpus has it; empty when it has none."""
    name: str
    price: float | None
    picture: Path | None
    """Its picture's file; None when there is none."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, strings and numbers."""
        return {
            "id": self.id,
            "similarity": self.similarity,
            "path": list(self.path),
            "name": self.name,
            "price": self.price,
            "picture": None if self.picture is None else str(self.picture),
        }
