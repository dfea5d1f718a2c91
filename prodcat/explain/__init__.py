"""Why a product got its answer: its parts, its words, the places of its picture."""

from prodcat.explain.explanation import Explanation
from prodcat.explain.findings import Heat, Word
from prodcat.explain.part_influences import PartInfluence
from prodcat.explain.variants import Influence

__all__ = ["Explanation", "Heat", "Influence", "PartInfluence", "Word"]
