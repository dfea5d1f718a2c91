"""How many more labels a goal takes, told from the curve so far, as far as it can be told.

The log-odds of coverage rise about evenly with the logarithm of the number of labels, until no
label helps. A line through the latest points is carried on; how far it may be off is drawn from
what the points leave open (Bayesian linear regression with a flat prior, Gelman et al. 2013,
chapter 14), with the scatter that the goal itself will be met with.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prodcat.errors import InputError

LEAST_POINTS = 5
RECENT = 8
"""Points that are looked at, the latest: earlier ones belong to another part of the curve."""
MOST_TIMES = 4.0
"""Times the labels so far, beyond which nothing is told."""
LEAST_SCATTER = 0.03
"""Of log-odds, whatever the points say: a few may lie on a line by luck."""
DRAWS = 4000


@dataclass(frozen=True)
class Forecast:
    """How many more labels a goal takes."""

    more: int | None
    """About so many; 0 where it is reached; None where it cannot be told yet."""
    low: int | None = None
    high: int | None = None
    """Ends of the 90 % interval; *high* is None where it may never be reached."""
    reason: str = ""
    """Why it cannot be told yet."""

    def __str__(self) -> str:
        """Write it as a sentence."""
        if self.more is None:
            return f"How many more labels it takes cannot be told yet: {self.reason}."
        if not self.more:
            return "The goal is reached."
        if self.high is None:
            return (
                f"About {self.more:,} more labels, at least {self.low:,}; it may take far more, or"
                " never be reached."
            )
        return f"About {self.more:,} more labels, {self.low:,} to {self.high:,}."


def forecast_labels(
    labels: Sequence[int], coverage: Sequence[float], goal: float, *, seed: int = 0
) -> Forecast:
    """Estimate how many more labels it takes until a share of the products can be answered.

    Args:
        labels: Labels at each point of the curve, rising.
        coverage: What could be answered with them, 0 to 1.
        goal: The share that is wanted, above 0 and below 1.
        seed: Of the draws.

    Raises:
        InputError: If the goal is no share, or both lists have not one length.

    >>> print(forecast_labels([100, 200], [0.1, 0.2], 0.8))
    How many more labels it takes cannot be told yet: there are 2 points, and 5 are needed.
    """
    if not 0 < goal < 1:
        raise InputError(f"goal is {goal:g}; it is a share, above 0 and below 1.")
    if len(labels) != len(coverage):
        raise InputError(f"There are {len(labels)} counts of labels and {len(coverage)} shares.")
    if any(share >= goal for share in coverage[-1:]):
        return Forecast(0, 0, 0)
    points = [(n, share) for n, share in zip(labels, coverage, strict=True) if 0 < share < 1 and n]
    if len(points) < LEAST_POINTS:
        told = f"there are {len(points)} points, and {LEAST_POINTS} are needed"
        return Forecast(None, reason=told)
    latest = points[-RECENT:]
    x = np.log([n for n, _ in latest])
    y = np.array([_log_odds(share) for _, share in latest])
    if np.ptp(x) < math.log(1.5):
        return Forecast(None, reason="the points lie too close to each other")
    reached = _draws(x, y, _log_odds(goal), np.random.default_rng(seed))
    now = labels[-1]
    low, middle, high = (np.quantile(reached, q, method="nearest") for q in (0.05, 0.5, 0.95))
    if not middle <= math.log(MOST_TIMES * now):
        told = f"it would be over {MOST_TIMES:g} times those there are, or never"
        return Forecast(None, reason=told)
    ends = [
        None if end > math.log(MOST_TIMES * now) else max(1, round(math.exp(end) - now))
        for end in (low, middle, high)
    ]
    return Forecast(ends[1], ends[0], ends[2])


def _draws(x: "np.ndarray", y: "np.ndarray", goal: float, rng: np.random.Generator) -> "np.ndarray":
    """Return logarithms of the labels at which the goal is met, one for each line that may be."""
    middle = x.mean()
    spread = ((x - middle) ** 2).sum()
    slope = ((x - middle) * y).sum() / spread
    left = y - y.mean() - slope * (x - middle)
    freedom = len(x) - 2
    scatter = max(float(np.sqrt((left**2).sum() / freedom)), LEAST_SCATTER)
    # The scatter is itself an estimate: from few points it may be far larger.
    scatters = scatter * np.sqrt(freedom / rng.chisquare(freedom, DRAWS))
    slopes = slope + scatters * rng.standard_normal(DRAWS) / math.sqrt(spread)
    heights = y.mean() + scatters * rng.standard_normal(DRAWS) / math.sqrt(len(x))
    met = goal + scatters * rng.standard_normal(DRAWS)
    with np.errstate(divide="ignore", invalid="ignore"):
        reached = np.where(slopes > 0, middle + (met - heights) / slopes, np.inf)
    # What it has not reached by now it reaches later.
    return np.maximum(reached, x[-1])


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))
