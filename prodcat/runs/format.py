"""The words of a run directory: its sides, its selections of parts, its limits."""

from prodcat.product import PARTS

FORMAT = 3
"""Of the files in a run directory, which measure all labelled products."""
READ_FORMATS = ("2", "3")
"""Format 2 measured the products of taught categories alone."""
SIDES = ("val", "test")
"""The products that judge a run: those that its thresholds are chosen on, and new ones."""
EVERYTHING = "everything"
"""The selection with all parts; every side has it, and it comes first."""
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
LEAST_PRODUCTS = 30
"""Fewer validation products with a pattern of parts are too few to calibrate it on."""
TOP = 5
"""Leaves that are stored of each product, the most probable first."""
NAME_LENGTH = 200
"""Characters that are stored of each product's name."""
ERROR_LENGTH = 150
"""Characters of what another library says of a file, which may quote all of it."""
HISTORY = ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "val_macro_f1")
"""What ``history.csv`` says of each epoch, beside its number and seconds."""
