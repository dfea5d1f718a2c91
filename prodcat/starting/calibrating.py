"""How sure a model may be that nobody has shown a labelled product: as others like it were.

The numbers are of other trees, whose products have labels: what the same recipe's scores were
worth there. Nothing is promised; a promise takes labelled products of the shop's own.
"""

import json
from dataclasses import dataclass
from importlib.resources import files

from prodcat.decision.accuracies import ACCURACIES
from prodcat.decision.calibration import Calibration, PatternCalibration
from prodcat.decision.novelty import fit_least_familiarity
from prodcat.decision.scores import Scores

PARTS_READ = ("name", "description", "name+description")
"""Pattern of parts that such a model answers."""


@dataclass(frozen=True)
class Known:
    """What other trees say of scores like these."""

    temperature: float
    """Divides the logits."""
    threshold: float
    """Least probability at which answers were right as often as `accuracy` says."""
    accuracy: float
    least_familiarity: float | None
    """Of products that belong somewhere, for where there are no products of the shop's."""


def known() -> Known:
    """Return the numbers that come with prodcat."""
    data = json.loads(files("prodcat.starting").joinpath("known.json").read_text("utf-8"))
    return Known(**{name: data[name] for name in Known.__annotations__})


def estimated(numbers: Known, products: Scores | None = None) -> Calibration:
    """Return a calibration that says what may be expected, and promises nothing beyond.

    Args:
        numbers: Of other trees.
        products: Scores of unlabelled products, which tell what is like the shop's; None for none.
    """
    familiar = numbers.least_familiarity
    if products is not None and len(products):
        familiar = fit_least_familiarity(products)
    thresholds = {accuracy: None for accuracy in ACCURACIES if accuracy > numbers.accuracy}
    # Without any evidence: whatever is asked for beyond is not answered.
    pattern = PatternCalibration(
        numbers.temperature,
        {numbers.accuracy: numbers.threshold, **thresholds},
        n=0,
        path_thresholds={numbers.accuracy: numbers.threshold, **thresholds},
        least_familiarity=familiar,
    )
    return Calibration(dict.fromkeys(PARTS_READ, pattern), default_accuracy=numbers.accuracy)
