"""Draws the pictures of the example products that come with prodcat.

    python experiments/draw_examples.py

Each is drawn four times as large with Pillow and scaled down, on white, as a shop
shows its products. The pictures are ours alone, so they can be given away.
"""

from prodcat.examples import FOLDER
from prodcat.examples.drawing import SHAPES, draw_shape


def main() -> None:
    """Draw all pictures into the package."""
    for shape in SHAPES:
        draw_shape(shape).save(FOLDER / f"{shape}.jpg", quality=85, optimize=True)


if __name__ == "__main__":
    main()
