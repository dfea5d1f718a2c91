"""How learning rates change over a training."""

import math
from collections.abc import Callable

LOWEST_LR = 0.01
"""Share of the highest learning rate that is left at the end."""


def rise_and_fall(steps: int, warmup: float) -> Callable[[int], float]:
    """Return the share of the highest rate at each step: up in a line, then down by a cosine.

    Args:
        steps: Of the whole training.
        warmup: Share of them during which it rises.

    >>> factor = rise_and_fall(10, 0.2)
    >>> [round(factor(step), 3) for step in (0, 1, 2, 6, 10)]
    [0.5, 1.0, 1.0, 0.505, 0.01]
    """
    rising = max(1, round(warmup * steps))

    def factor(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        done = min(1.0, (step - rising) / max(1, steps - rising))
        return LOWEST_LR + (1 - LOWEST_LR) * 0.5 * (1 + math.cos(math.pi * done))

    return factor
