"""The accuracies that answers are asked for, and what is named after them.

They stand here alone: an accuracy that is added gets its thresholds, its measures, its column
in a run's predictions, and its place in every report and on the model card.
"""

ACCURACIES = (0.90, 0.95, 0.98, 0.99, 0.995)
"""Those that thresholds are kept for and that coverage is told for, the lowest first. Any other
can be asked for."""
CHIEF_ACCURACIES = (0.95, 0.98)
"""Those to show where there is no room for all."""
DEFAULT_ACCURACY = 0.95
"""The one that answers reach where the caller asks for none."""
HEADLINE_ACCURACY = 0.98
"""The one to show where there is room for one alone: how many products nobody need look at."""


def in_percent(accuracy: float) -> str:
    """Write an accuracy in per cent, without the sign.

    >>> in_percent(0.98), in_percent(0.995)
    ('98', '99.5')
    """
    return f"{100 * accuracy:g}"


def measure_at(measure: str, accuracy: float) -> str:
    """Name a measure of what is answered at an accuracy.

    >>> measure_at("coverage", 0.98)
    'coverage_at_98'
    """
    return f"{measure}_at_{in_percent(accuracy)}"


def threshold_column(accuracy: float) -> str:
    """Name the column of each product's threshold for an accuracy.

    >>> threshold_column(0.98)
    'threshold_98'
    """
    return f"threshold_{in_percent(accuracy)}"
