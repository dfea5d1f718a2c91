"""All that a map's page knows of the products, as few bytes that a browser unpacks at once.

A payload is the length of a JSON header (4 bytes, little-endian), the header, and the sections
that it names: typed arrays and texts, each beginning at a multiple of four bytes. It is deflated
as a whole and written as base64. `assets/unpack.js` reads it.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import Float32Array, IntArray
from prodcat.explore.map_data import ColourBy, MapData, MapLayout
from prodcat.wording import clean

FINEST = 65534
"""Largest step of a place along an axis; one more stands for a product without a place."""
NOWHERE = 65535
NO_GROUP = 2**32 - 1
FACT_LENGTH = 500
"""Characters of a fact, at most."""


class Payload:
    """Sections under their numbers, collected in turn."""

    def __init__(self) -> None:
        self.sections: list[dict[str, Any]] = []
        self._parts: list[bytes] = []
        self._size = 0

    def add_array(self, values: NDArray[Any]) -> int:
        """Take in an array of unsigned numbers; return the number of its section."""
        kind = f"u{values.dtype.itemsize}"
        return self._add(kind, values.astype(values.dtype.newbyteorder("<")).tobytes())

    def add_texts(self, texts: Iterable[str]) -> int:
        r"""Take in one text a product, with line ends and backslashes escaped."""
        lines = (text.replace("\\", "\\\\").replace("\n", "\\n") for text in texts)
        return self._add("lines", "\n".join(lines).encode("utf-8", "replace"))

    def pack(self, header: dict[str, Any]) -> str:
        """Return all of it as base64; the header is told of the sections."""
        written = json.dumps(header | {"sections": self.sections}, allow_nan=False).encode()
        written += b" " * (-len(written) % 4)
        whole = b"".join([len(written).to_bytes(4, "little"), written, *self._parts])
        deflater = zlib.compressobj(level=9, wbits=-zlib.MAX_WBITS)
        return base64.b64encode(deflater.compress(whole) + deflater.flush()).decode("ascii")

    def _add(self, kind: str, content: bytes) -> int:
        self.sections.append({"kind": kind, "start": self._size, "bytes": len(content)})
        padded = content + bytes(-len(content) % 4)
        self._parts.append(padded)
        self._size += len(padded)
        return len(self.sections) - 1


def pack_map(data: MapData, *, pictures: dict[str, Any] | None, places: IntArray | None) -> str:
    """Return what the page's scripts read, as base64.

    Args:
        data: The map.
        pictures: How its pictures are laid out, for the header; None for none.
        places: Each product's place among the pictures, (N,), -1 for none.
    """
    payload = Payload()
    header: dict[str, Any] = {
        "n": data.n,
        "ids": payload.add_texts(data.ids),
        "names": payload.add_texts(clean(name) for name in data.names),
        "layouts": [_layout(payload, layout) for layout in data.layouts],
        "colourings": [_colouring(payload, colouring) for colouring in data.colourings],
        "facts": [
            {"name": clean(fact.name), "values": payload.add_texts(_fact_texts(fact.values))}
            for fact in data.facts
        ],
        "panels": [clean(panel.name) for panel in data.panels],
        "notes": list(data.notes),
    }
    if pictures is not None and places is not None:
        header["pictures"] = pictures | {
            "places": payload.add_array(_without_negatives(places, NO_GROUP, np.uint32))
        }
    return payload.pack(header)


def quantise(layout: MapLayout) -> tuple[NDArray[np.uint16], Float32Array]:
    """Return places as whole numbers, and those of the labels from 0 to 1 on the same scale.

    Both axes have one scale, as distances mean something, and the places lie in the middle.

    >>> from prodcat.explore.map_data import ClusterLabel
    >>> xy = np.array([[0, 1], [4, 3], [np.nan, 0]], np.float32)
    >>> places, labels = quantise(MapLayout("PCA", "", xy, (ClusterLabel(2, 2, "all", 3),)))
    >>> places.tolist(), labels.tolist()
    ([[0, 16384], [65534, 49150], [65535, 65535]], [[0.5, 0.5]])
    """
    xy = np.asarray(layout.xy, np.float64)
    known = np.isfinite(xy).all(axis=1)
    places = np.full(xy.shape, NOWHERE, np.uint16)
    corner, side = np.zeros(2), 1.0
    if known.any():
        low, high = xy[known].min(axis=0), xy[known].max(axis=0)
        side = float((high - low).max()) or 1.0
        corner = (low + high) / 2 - side / 2
        places[known] = np.rint((xy[known] - corner) / side * FINEST)
    labels = np.array([(label.x, label.y) for label in layout.labels], np.float64).reshape(-1, 2)
    return places, ((labels - corner) / side).astype(np.float32)


def _layout(payload: Payload, layout: MapLayout) -> dict[str, Any]:
    places, label_places = quantise(layout)
    labels = [
        [round(float(x), 4), round(float(y), 4), clean(label.text, 60), label.size]
        for (x, y), label in zip(label_places, layout.labels, strict=True)
        if np.isfinite(x) and np.isfinite(y)
    ]
    # All x, then all y: neighbours in the file are alike, and deflate better.
    return {
        "name": clean(layout.name),
        "about": clean(layout.about, FACT_LENGTH),
        "x": payload.add_array(places[:, 0]),
        "y": payload.add_array(places[:, 1]),
        "labels": sorted(labels, key=lambda label: -int(label[3])),
    }


def _colouring(payload: Payload, colouring: ColourBy) -> dict[str, Any]:
    return {
        "name": clean(colouring.name),
        "groups": [clean(name) for name in colouring.names],
        "tones": [colouring.tones.get(name) for name in colouring.names],
        "ordered": colouring.ordered,
        "inCard": colouring.in_card,
        "codes": payload.add_array(_codes(colouring)),
    }


def _codes(colouring: ColourBy) -> NDArray[Any]:
    """Return codes in as few bytes as they need; the largest number stands for none."""
    if len(colouring.names) < 2**8 - 1:
        return _without_negatives(colouring.codes, 2**8 - 1, np.uint8)
    if len(colouring.names) < 2**16 - 1:
        return _without_negatives(colouring.codes, 2**16 - 1, np.uint16)
    return _without_negatives(colouring.codes, NO_GROUP, np.uint32)


def _without_negatives(values: IntArray, none: int, kind: type[np.unsignedinteger]) -> NDArray[Any]:
    return np.where(values < 0, none, values).astype(kind)


def _fact_texts(values: Sequence[str | None]) -> Iterable[str]:
    return (clean(value, FACT_LENGTH) if value else "" for value in values)
