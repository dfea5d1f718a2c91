"""A measure with the interval that luck leaves it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A measure with the ends of its 95 % interval; None where no product has the measure."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


def percent_range(interval: Interval, *, digits: int = 1) -> str:
    """Write the ends of an interval of shares.

    >>> percent_range(Interval(0.9, 0.882, 0.92))
    '88.2–92.0'
    """
    if interval.low is None or interval.high is None:
        return ""
    return f"{100 * interval.low:.{digits}f}–{100 * interval.high:.{digits}f}"
