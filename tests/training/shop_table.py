"""A table of products whose category is in a word, in a colour, or in both.

The encoders of `tests.model_files` know boots and bags, but say the same of "blue" as of nothing:
rugs are told by the word itself, or by the picture.
"""

from typing import Any

from tests.model_files import encoded

KINDS = {
    ("Shoes", "Boots"): ("boots", "red"),
    ("Bags",): ("bag", "blue"),
    ("Home", "Rugs"): ("blue", "lime"),
}


def draw_rows(products: int = 120) -> list[dict[str, Any]]:
    """Draw the rows; every tenth has no name, every fifth no picture, a fourth no description."""
    rows = []
    for number in range(products):
        path, (word, colour) = list(KINDS.items())[number % len(KINDS)]
        rows.append(
            {
                "Code": f"p{number}",
                "Titel": None if number % 10 == 0 else f"{word} no {number}",
                "Text": None if number % 4 == 0 else f"a {word} of ours {number}",
                "Warengruppe": " > ".join(path),
                "Foto": None if number % 5 == 1 else encoded(colour),
                "split": ("train", "train", "train", "val", "test")[number // 3 % 5],
                "Lager": number,
            }
        )
    return rows


COLUMNS = {"id": "Code", "name": "Titel", "description": "Text", "image": "Foto"}
CATEGORY = "Warengruppe"
