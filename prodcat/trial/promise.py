"""Whether a promised accuracy was kept on some products, and how surely that can be said."""

from dataclasses import asdict, dataclass
from math import ceil
from typing import Any, Literal

from prodcat.decision.accuracies import in_percent
from prodcat.decision.binomial import cumulative
from prodcat.measures.interval import Interval, percent_range
from prodcat.measures.significance import LEVEL, clopper_pearson
from prodcat.wording import percent

Verdict = Literal["kept", "broken", "too few to tell"]
MOST_PRODUCTS = 10_000_000
"""Beyond so many, nobody labels to find out."""


@dataclass(frozen=True)
class Promise:
    """The accuracy that answers were asked for, and what came of it."""

    accuracy: float
    """What was asked for."""
    answered: int
    right: int
    """Of those answered."""
    reached: Interval
    """Share of right answers, with its exact interval; empty where nothing was answered."""
    verdict: Verdict
    """Kept or broken where the whole interval lies on one side of the accuracy."""
    needed_answers: int | None = None
    """How many answers it would take to tell, were as large a share of them right; None where it
    is told, or where no number would tell."""
    needed_products: int | None = None
    """How many labelled products would bring as many answers."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        asked = f"{in_percent(self.accuracy)} %"
        if not self.answered:
            return (
                f"{asked} asked: nothing was answered, so there is nothing to tell."
                f" It would take {self.needed_answers:,} answers or more."
            )
        found = (
            f"{self.right:,} of {self.answered:,} answers are right,"
            f" {percent(self.reached.value)} (95 % interval {percent_range(self.reached)})"
        )
        if self.verdict != "too few to tell":
            return f"{asked} {self.verdict}: {found}."
        if self.needed_answers is None:
            return f"{asked} asked, too close to tell: {found}."
        return (
            f"{asked} asked, too few products to tell: {found}. At this rate it would"
            f" take about {self.needed_answers:,} answers, or {self.needed_products:,} labelled"
            " products."
        )


def judge_promise(accuracy: float, *, right: int, answered: int, products: int) -> Promise:
    """Tell whether an accuracy was kept.

    Args:
        accuracy: What was asked for, above 0 and below 1.
        right: Right answers.
        answered: All answers.
        products: Those that were asked for.

    >>> judge_promise(0.98, right=200, answered=200, products=250).verdict
    'kept'
    >>> judge_promise(0.98, right=180, answered=200, products=250).verdict
    'broken'
    >>> few = judge_promise(0.98, right=20, answered=20, products=25)
    >>> few.verdict, few.needed_answers, few.needed_products
    ('too few to tell', 183, 229)
    """
    reached = clopper_pearson(right, answered)
    verdict = _verdict(accuracy, right, answered)
    needed_answers = needed_products = None
    if verdict == "too few to tell":
        share = right / answered if answered else 1.0
        needed_answers = _needed(accuracy, share, answered)
        if needed_answers is not None and answered:
            needed_products = ceil(needed_answers * products / answered)
    return Promise(accuracy, answered, right, reached, verdict, needed_answers, needed_products)


def _verdict(accuracy: float, right: int, answered: int) -> Verdict:
    """Say on which side of the accuracy the interval of Clopper and Pearson lies, if on one."""
    wrong = answered - right
    if not answered:
        return "too few to tell"
    chances = cumulative(answered, 1 - accuracy, wrong)
    if chances[-1] <= LEVEL / 2:
        return "kept"
    if wrong and 1 - chances[-2] <= LEVEL / 2:
        return "broken"
    return "too few to tell"


def _needed(accuracy: float, share: float, answered: int) -> int | None:
    """Return about the least number of answers that would tell, with this share of them right."""

    def tells(n: int) -> bool:
        return _verdict(accuracy, round(share * n), n) != "too few to tell"

    low, high = max(answered, 1), max(2 * answered, 16)
    while not tells(high):
        low, high = high, 2 * high
        if high > MOST_PRODUCTS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if tells(middle) else (middle, high)
    return high
