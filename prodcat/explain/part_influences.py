"""What name, description and picture each did: answers without it, and from it alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from prodcat.explain.variants import Answerer, Influence, Target, Variant, influences
from prodcat.product import Prediction


@dataclass(frozen=True)
class PartInfluence:
    """What one part of a product did."""

    part: str
    """name, description or image."""
    influence: Influence
    alone: Prediction
    """The answer from this part alone."""
    without: Prediction | None
    """That from the others; None where there are none."""


def part_influences(
    asked: Answerer, target: Target, whole: Variant, used: Sequence[str]
) -> list[PartInfluence]:
    """Withhold each part of a product in turn, and all others.

    Args:
        asked: Answers.
        target: What is explained.
        whole: The product.
        used: Its parts, those that the model reads.
    """
    others = [[other for other in used if other != part] for part in used]
    rests = [whole.only(rest) for rest in others]
    log_probs = asked.log_probs([whole, *rests])
    found = influences(target, log_probs[:1], log_probs[1:])
    alone = asked.predict([whole.only([part]) for part in used])
    without = iter(asked.predict([rest for rest in rests if rest.used]))
    return [
        PartInfluence(part, influence, answer, next(without) if rest.used else None)
        for part, influence, answer, rest in zip(used, found, alone, rests, strict=True)
    ]
