"""From a decision on a product to the answer that its caller gets."""

from collections.abc import Sequence

import numpy as np

from prodcat.decision.decoding import Decision
from prodcat.errors import InputError
from prodcat.inference.parts import Parts
from prodcat.product import FOREIGN, UNPLACED, UNREAD, UNSURE, Alternative, Prediction
from prodcat.taxonomy.paths import CategoryPath


def answered(
    decision: Decision,
    leaf_paths: Sequence[CategoryPath],
    parts: Parts,
    *,
    needed: float,
    foreign: bool,
    unplaced: bool = False,
) -> Prediction:
    """Return the answer for a product that could be read.

    Args:
        decision: On it.
        leaf_paths: Path of each leaf, (C,).
        parts: What was read of it.
        needed: Least probability to answer with; infinite for never.
        foreign: Whether it is unlike anything learnt.
        unplaced: Whether the tree that is asked for has no place for what it is.
    """
    why = FOREIGN if foreign else UNPLACED if unplaced else UNSURE
    return Prediction(
        path=decision.path,
        probability=float(decision.probability),
        abstained=decision.abstained,
        alternatives=tuple(Alternative(leaf_paths[i], float(p)) for i, p in decision.top),
        used=parts.used,
        error=_described(parts.errors),
        reason=why if decision.abstained else None,
        needed=needed if np.isfinite(needed) else None,
        between=tuple(Alternative(path, probability) for path, probability in decision.between),
    )


def unanswered(parts: Parts) -> Prediction:
    """Return the answer for a product of which nothing could be read."""
    return Prediction(
        path=(), probability=0.0, abstained=True, error=_described(parts.errors), reason=UNREAD
    )


def _described(errors: Sequence[InputError]) -> str | None:
    return "; ".join(str(error) for error in errors) or None
