"""A map of 300 drawn products: shoes, bags and hats, each kind in its own corner."""

import io

import numpy as np
from PIL import Image

from prodcat.explore.map_data import (
    ClusterLabel,
    ColourBy,
    Fact,
    MapData,
    MapLayout,
    Panel,
    by_number,
    by_text,
)

KINDS = ("Shoes", "Bags", "Hats")
PER_KIND = 100
PICTURE_COLOURS = {"Shoes": (200, 40, 40), "Bags": (40, 160, 60), "Hats": (50, 70, 200)}
CENTRES = {"Shoes": (0.05, 0.05), "Bags": (0.95, 0.05), "Hats": (0.5, 0.7)}
"""Where a kind lies in the first layout, in the units of the page."""
TURNED = {"Shoes": (0.5, 0.7), "Bags": (0.05, 0.05), "Hats": (0.95, 0.05)}
"""And in the second."""
HOSTILE_NAME = '</script><img src="x" onerror="window.hacked=1">\u202eevil\x07'
HOSTILE_ID = 'a,"b"\nc\\n</script>'
WITHOUT_PICTURE = 1
"""Row of a product that has none."""


def draw_map() -> MapData:
    rng = np.random.default_rng(0)
    kinds = [kind for kind in KINDS for _ in range(PER_KIND)]
    spread = rng.uniform(-0.05, 0.05, (len(kinds), 2))
    names = [f"{kind[:-1]} number {i}" for i, kind in enumerate(kinds)]
    ids = [f"shop:{i}" for i in range(len(kinds))]
    names[0], ids[0] = HOSTILE_NAME, HOSTILE_ID
    answers = ["wrong" if i % 10 == 0 else "right" for i in range(len(kinds))]
    return MapData(
        title="A drawn <b>shop</b>",
        ids=ids,
        names=names,
        layouts=tuple(
            lay_out(name, kinds, spread, places)
            for name, places in (("First", CENTRES), ("Second", TURNED))
        ),
        colourings=(
            by_text("kind", kinds),
            ColourBy(
                "answer",
                np.array([answer == "wrong" for answer in answers], np.int64),
                ("right", "wrong"),
                tones={"right": "good", "wrong": "bad"},
            ),
            by_text("brand", [f"Brand {i % 40:02}" for i in range(len(kinds))], in_card=False),
            by_number("price", np.arange(len(kinds)), in_card=False),
        ),
        facts=(Fact("path", [f"All > {kind}" for kind in kinds]),),
        pictures=[
            None if row == WITHOUT_PICTURE else draw_picture(kind) for row, kind in enumerate(kinds)
        ],
        panels=(Panel("Profile", PANEL),),
        about="300 products <i>drawn</i>",
        notes=("Near means <b>alike</b>.",),
    )


def lay_out(name, kinds, spread, places):
    xy = (np.array([places[kind] for kind in kinds]) + spread).astype(np.float32)
    for row, kind in enumerate(kinds):
        # The first of each kind lies in the middle, to be pointed at; the ends fix the scale.
        if row % PER_KIND == 0:
            xy[row] = places[kind]
    left, right = ((0.0, 0.0), (1.0, 0.0))
    lowest = {centre: kind for kind, centre in places.items()}
    xy[KINDS.index(lowest[(0.05, 0.05)]) * PER_KIND + 1] = left
    xy[KINDS.index(lowest[(0.95, 0.05)]) * PER_KIND + 1] = right
    xy[KINDS.index(lowest[(0.5, 0.7)]) * PER_KIND + 1] = (0.5, 0.75)
    labels = tuple(ClusterLabel(x, y, kind.lower(), PER_KIND) for kind, (x, y) in places.items())
    # One that would lie over another.
    crowded = ClusterLabel(*places["Hats"], "headwear", 10)
    return MapLayout(name, f"{name} of two.", xy, (*labels, crowded))


def draw_picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 80), PICTURE_COLOURS[kind]).save(out, "JPEG")
    return out.getvalue()


PANEL = """<h2>Profile</h2>
<button data-show="5 105 205" data-title="Far from their kind">three products</button>
<span data-picture="105"></span>"""
