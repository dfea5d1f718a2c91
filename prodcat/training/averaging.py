"""Averaged weights that are good from the first epoch of a short training too."""

from collections.abc import Callable

from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

Update = Callable[[list[Tensor], list[Tensor], Tensor | int], None]


def growing_average(decay: float) -> Update:
    """Return the update of an exponential moving average whose memory grows with its age.

    After n steps, the decay is the smaller of *decay* and (n + 1) / (n + 10), as in
    TensorFlow's ``ExponentialMovingAverage``: however few the steps, where they began is
    forgotten. All weights are changed in one pass; one by one takes five times as long.
    Whole numbers, such as the places of words, are copied: an average would be rounded down.

    Args:
        decay: Share of the average that a step leaves in the end, such as 0.998.
    """

    def update(averaged: list[Tensor], current: list[Tensor], steps: Tensor | int) -> None:
        if not averaged[0].is_floating_point():
            for mine, newest in zip(averaged, current, strict=True):
                mine.copy_(newest)
            return
        now = min(decay, (int(steps) + 1) / (int(steps) + 10))
        get_ema_multi_avg_fn(now)(averaged, current, steps)  # type: ignore[no-untyped-call]

    return update
