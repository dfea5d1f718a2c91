"""Why a product got its answer, as people, programs and notebooks read it."""

import json
from dataclasses import dataclass
from typing import Any

from prodcat.explain.findings import Findings, Heat, Word
from prodcat.explain.page import fragment, picture_uri, whole_page
from prodcat.explain.part_influences import PartInfluence
from prodcat.explain.sentences import tell


@dataclass(frozen=True, eq=False)
class Explanation(Findings):
    """Why a product got its answer: what was taken out of it, and what that changed.

    Influences are in natural logarithms of odds, see `prodcat.explain.Influence`.
    """

    @property
    def text(self) -> str:
        """The explanation in sentences, some lines of them."""
        return "\n".join(tell(self))

    def __str__(self) -> str:
        return self.text

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, strings and numbers."""
        return {
            "answer": self.answer.to_dict(),
            "text": self.text,
            "target": list(self.target),
            "rather": {
                "category": list(self.preferred),
                "than": None if self.rival is None else list(self.rival),
            },
            "parts": [_part_to_dict(part) for part in self.parts],
            "words": [_word_to_dict(word) for word in self.words],
            "name": {"text": self.name, "read": self.read[0]},
            "description": {"text": self.description, "read": self.read[1]},
            "picture": None if self.heat is None else _heat_to_dict(self.heat),
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """Return the explanation as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def to_html(self) -> str:
        """Return a page of its own, which needs nothing else."""
        return whole_page(self)

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        return fragment(self)


def _part_to_dict(part: PartInfluence) -> dict[str, Any]:
    return {
        "part": part.part,
        **part.influence.to_dict(),
        "alone": part.alone.to_dict(),
        "without": None if part.without is None else part.without.to_dict(),
    }


def _word_to_dict(word: Word) -> dict[str, Any]:
    places = [{"part": part, "start": start, "end": end} for part, start, end in word.spans]
    return {"text": word.text, "places": places, **word.influence.to_dict()}


def _heat_to_dict(heat: Heat) -> dict[str, Any]:
    """The picture as a data URI, and the heat as rows of numbers."""
    height, width = heat.pixels.shape[1:]
    return {
        "height": int(height),
        "width": int(width),
        "influence": heat.for_answer.round(4).tolist(),
        "against_rival": heat.against_rival.round(4).tolist(),
        "strongest": {"window": list(heat.window), **heat.strongest.to_dict()},
        "seen": picture_uri(heat.pixels),
    }
