"""Pictures on sheets: the right one at each place, within the budget, whatever is broken."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from prodcat.explore.page.sheets import PER_SHEET, SIDE, by_neighbourhood, make_sheets

PLENTY = 10_000_000


def picture(colour, size=(60, 80), kind="PNG"):
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def noise(count, size=(60, 80)):
    """Pictures that nothing makes small."""
    rng = np.random.default_rng(0)
    pictures = []
    for values in rng.integers(0, 256, (count, size[1], size[0], 3), dtype=np.uint8):
        out = io.BytesIO()
        Image.fromarray(values).save(out, "PNG")
        pictures.append(out.getvalue())
    return pictures


def cut(sheets, row):
    """A product's picture, cut from its sheet as the page does it."""
    number, cell = divmod(int(sheets.places[row]), PER_SHEET)
    (width, height), sheet = sheets.cell, base64.b64decode(sheets.written[number])
    left, top = cell % SIDE * width, cell // SIDE * height
    image = Image.open(io.BytesIO(sheet)).convert("RGB")
    return np.asarray(image.crop((left, top, left + width, top + height)), np.int64)


def test_each_place_has_its_own_products_picture():
    colours = [(i * 37 % 256, i * 91 % 256, i * 53 % 256) for i in range(70)]
    pictures = [None if i % 7 == 3 else picture(colour) for i, colour in enumerate(colours)]
    order = np.random.default_rng(1).permutation(70)
    sheets = make_sheets(pictures, order, max_bytes=PLENTY)
    assert sheets.cell == (60, 80)
    for row, colour in enumerate(colours):
        if pictures[row] is None:
            assert sheets.places[row] == -1
        else:
            assert np.abs(cut(sheets, row)[30:50, 20:40].mean(axis=(0, 1)) - colour).max() < 12


def test_pictures_of_other_shapes_stand_whole_on_white():
    pictures = [picture((0, 0, 0))] * 40 + [picture((200, 0, 0), size=(800, 100), kind="JPEG")]
    sheets = make_sheets(pictures, np.arange(41), max_bytes=PLENTY)
    wide = cut(sheets, 40)
    assert wide[40, 30].tolist() == pytest.approx([200, 0, 0], abs=14)
    assert wide[5, 30].min() > 240


def test_broken_pictures_are_counted_and_the_others_shown():
    pictures = [picture((9, 99, 9)), b"no picture", b"", None, picture((9, 99, 9))]
    sheets = make_sheets(pictures, np.arange(5), max_bytes=PLENTY)
    assert sheets.broken == 1
    assert (sheets.places >= 0).tolist() == [True, False, False, False, True]


def test_where_no_picture_opens_there_is_no_sheet():
    sheets = make_sheets([b"broken", None], np.arange(2), max_bytes=PLENTY)
    assert sheets.written == ()
    assert sheets.broken == 1


@pytest.mark.slow
def test_a_smaller_budget_gives_coarser_pictures_of_all():
    pictures = noise(130)
    best = make_sheets(pictures, np.arange(130), max_bytes=PLENTY)
    half = make_sheets(pictures, np.arange(130), max_bytes=best.size // 2)
    assert half.size <= best.size // 2
    assert (half.places >= 0).all()
    assert half.left_out == 0


@pytest.mark.slow
def test_where_not_all_fit_a_part_of_each_neighbourhood_has_pictures():
    pictures = noise(200)
    sheets = make_sheets(pictures, np.arange(200), max_bytes=60_000)
    there = np.flatnonzero(sheets.places >= 0)
    assert sheets.size <= 60_000
    assert 0 < len(there) < 200
    assert sheets.left_out == 200 - len(there)
    assert np.diff(there).max() < 40


def test_progress_is_told_to_the_end():
    told = []
    make_sheets(noise(70), np.arange(70), max_bytes=PLENTY, on_progress=lambda *a: told.append(a))
    assert told == [(64, 70), (70, 70)]


def test_neighbours_on_the_map_share_a_sheet():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 65536, (2, 4096))
    order = by_neighbourhood(x, y)
    assert sorted(order.tolist()) == list(range(4096))
    sides = [np.ptp(x[order[i : i + 64]]) for i in range(0, 4096, 64)]
    assert np.median(sides) < 65536 / 4
