"""The format of a run directory: names of its files and columns, and what they measure."""

SIDES = ("val", "test")
PARTS = ("name", "description", "image")
COLUMNS = {
    **dict.fromkeys(("id", "split", "label", "answer", "name", "image_sha256"), "string"),
    **dict.fromkeys(("probability", "raw_probability", "threshold_95", "threshold_98"), "double"),
    **{f"has_{part}": "bool" for part in PARTS},
}
GOALS = (0.95, 0.98)
"""The accuracies that coverage is told for."""
ACCURACIES = (0.95, 0.98)
"""The accuracies that thresholds are fitted for."""
LEAST_PRODUCTS = 30
"""Fewer validation products with a pattern of parts are too few to calibrate it on."""
EVERYTHING = "everything"
SELECTIONS: dict[str, tuple[str, ...]] = {
    EVERYTHING: PARTS,
    "name only": ("name",),
    "description only": ("description",),
    "image only": ("image",),
    "no image": ("name", "description"),
    "no description": ("name", "image"),
    "no name": ("description", "image"),
}
"""Which parts are given, when the others are withheld."""
TOP = 5
NAME_LENGTH = 200
FORMAT = 2
"""Of the files in a run directory; analyze refuses older ones."""


def threshold_column(accuracy: float) -> str:
    """Name the column of an accuracy's thresholds.

    >>> threshold_column(0.98)
    'threshold_98'
    """
    return f"threshold_{100 * accuracy:g}"
