"""What the page's scripts read, unpacked as they do it."""

import base64
import json
import zlib
from dataclasses import replace

import numpy as np
import pytest

from prodcat.explore.map_data import ClusterLabel, ColourBy, MapLayout
from prodcat.explore.page.packing import FINEST, NOWHERE, pack_map, quantise
from tests.explore.page.drawn_map import HOSTILE_ID, draw_map


class Unpacked:
    def __init__(self, text):
        whole = zlib.decompress(base64.b64decode(text), wbits=-zlib.MAX_WBITS)
        length = int.from_bytes(whole[:4], "little")
        self.header, self.body = json.loads(whole[4 : 4 + length]), whole[4 + length :]

    def section(self, number):
        section = self.header["sections"][number]
        assert section["start"] % 4 == 0
        content = self.body[section["start"] : section["start"] + section["bytes"]]
        if section["kind"] == "lines":
            return content.decode().split("\n")
        return np.frombuffer(content, f"<{section['kind']}")


@pytest.fixture
def unpacked():
    return Unpacked(pack_map(draw_map(), pictures=None, places=None))


def test_names_are_shown_safely_and_ids_stay_as_they_are(unpacked):
    names = unpacked.section(unpacked.header["names"])
    assert len(names) == 300
    assert "\u202e" not in names[0]
    first = unpacked.section(unpacked.header["ids"])[0]
    assert first.replace("\\n", "\n").replace("\\\n", "\\n") == HOSTILE_ID


def test_groups_come_back_with_none_as_the_largest_number():
    codes = np.full(300, -1)
    codes[:3] = [0, 1, 1]
    data = replace(draw_map(), colourings=(ColourBy("kind", codes, ("a", "b")),))
    unpacked = Unpacked(pack_map(data, pictures=None, places=None))
    packed = unpacked.section(unpacked.header["colourings"][0]["codes"])
    assert packed[:4].tolist() == [0, 1, 1, 255]


@pytest.mark.parametrize(("groups", "size"), [(254, 1), (255, 2), (65534, 2), (65535, 4)])
def test_many_groups_have_room(groups, size):
    names = tuple(map(str, range(groups)))
    codes = np.full(300, groups - 1)
    codes[0] = -1
    data = replace(draw_map(), colourings=(ColourBy("id", codes, names),))
    unpacked = Unpacked(pack_map(data, pictures=None, places=None))
    packed = unpacked.section(unpacked.header["colourings"][0]["codes"])
    assert packed.itemsize == size
    assert packed[1] == groups - 1
    assert packed[0] == 2 ** (8 * size) - 1


def test_places_keep_their_proportions():
    rng = np.random.default_rng(0)
    xy = (rng.normal(size=(500, 2)) * [5, 1] + 100).astype(np.float32)
    places, labels = quantise(MapLayout("PCA", "", xy, (ClusterLabel(*xy[7], "it", 1),)))
    back = places / FINEST * (np.ptp(xy, axis=0).max())
    expected = xy - (xy.min(axis=0) + xy.max(axis=0)) / 2
    assert np.abs(back - back.mean(axis=0) - (expected - expected.mean(axis=0))).max() < 1e-3
    assert labels[0] == pytest.approx(places[7] / FINEST, abs=1e-4)


def test_products_without_a_place_lie_nowhere():
    xy = np.full((3, 2), np.nan, np.float32)
    places, _ = quantise(MapLayout("PCA", "", xy))
    assert (places == NOWHERE).all()
    xy[1] = 5
    places, _ = quantise(MapLayout("PCA", "", xy))
    assert places[1].max() < NOWHERE


def test_labels_come_from_the_largest_and_those_of_nowhere_go():
    layout = draw_map().layouts[0]
    labels = (ClusterLabel(0, 0, "small", 1), ClusterLabel(1, 0, "large\u202e", 9))
    labels += (ClusterLabel(np.nan, 0, "nowhere", 5),)
    data = replace(draw_map(), layouts=(replace(layout, labels=labels),))
    unpacked = Unpacked(pack_map(data, pictures=None, places=None))
    assert [label[2] for label in unpacked.header["layouts"][0]["labels"]] == ["large ", "small"]
