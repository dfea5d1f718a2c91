"""A model's folder: its JSON, graphs and tokenizer mutated, with hashes that bear them out."""

import json
import os
import random
import shutil
import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path

from hypothesis import strategies as st

from prodcat.errors import ProdcatError
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.describe import describe_model
from prodcat.modeldir.format import CASCADE_FORMAT, FIRST, Handover
from prodcat.modeldir.reading import read_model_dir
from prodcat.product import Product
from tests.fuzz.mutating import drawn, mutated
from tests.model_files import LEAVES, build_model_dir, encoded, write_model_json

JSON_FILES = ("model.json", "taxonomy.json", "calibration.json", "tokenizer.json")
GRAPHS = ("text.onnx", "image.onnx", "head.onnx")
WORDS = (
    *(b"null", b"true", b"NaN", b"-Infinity", b"1e999", b'"\\ud83d"', b"[]", b"{}", b'"x"'),
    *(b"[" * 5000, b'{"a":' * 5000, b'"parent_id": ', b"\xff", b"\x00", b"Loop", b"Expand"),
    *(b"Range", b"\xff\xff\xff\xff\x0f", b"\x7f", b"ConstantOfShape", b"location", b"../x"),
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(width=64) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@cache
def sound() -> Path:
    """A model that answers; it goes with the process's temporary folder."""
    return build_model_dir(Path(tempfile.mkdtemp(prefix="prodcat-fuzz-")))


def make(draw: random.Random, folder: Path) -> None:
    """Write a model's folder of which one or two files are spoilt; some are cascades."""
    shutil.copytree(sound(), folder, dirs_exist_ok=True)
    place = folder
    if is_cascade := draw.random() < 0.3:
        shutil.copytree(sound(), folder / FIRST)
        place = draw.choice((folder, folder / FIRST))
    spoilt = draw.sample((*JSON_FILES, *GRAPHS), draw.choice((1, 1, 2)))
    for name in (name for name in spoilt if name != "model.json"):
        spoil(draw, place / name)
    write_model_json(place)
    if "model.json" in spoilt and place != folder:
        spoil(draw, place / "model.json")
    if is_cascade:
        first = sha256((folder / FIRST / "model.json").read_bytes()).hexdigest()
        handover = Handover(0.9, 0.5, 1.0, tuple(range(len(LEAVES))), 0.9)
        write_model_json(folder, format=CASCADE_FORMAT, first=handover.to_dict(first))
    if "model.json" in spoilt and place == folder:
        spoil(draw, place / "model.json")
    if draw.random() < 0.05:
        name = draw.choice((*JSON_FILES, *GRAPHS, "MODEL_CARD.md"))
        (place / name).unlink()
        draw.choice((os.mkfifo, os.mkdir, lambda file: file.symlink_to("/dev/zero")))(place / name)


def spoil(draw: random.Random, file: Path) -> None:
    """Change a file: its bytes, or a value of its JSON."""
    if file.suffix == ".json" and draw.random() < 0.6:
        data = json.loads(file.read_bytes())
        for _ in range(draw.choice((1, 1, 3))):
            replace_value(draw, data)
        file.write_text(json.dumps(data))
        return
    file.write_bytes(mutated(draw, file.read_bytes(), words=WORDS, most=3, max_bytes=1 << 20))


def replace_value(draw: random.Random, data: object) -> None:
    """Put an odd value somewhere in plain data."""
    while isinstance(data, dict | list) and data:
        key = draw.choice(list(data) if isinstance(data, dict) else range(len(data)))
        inner = data[key]  # type: ignore[call-overload,index]
        if not isinstance(inner, dict | list) or not inner or draw.random() < 0.25:
            data[key] = drawn(draw, ODD)  # type: ignore[call-overload,index]
            return
        data = inner


def run(folder: Path) -> None:
    """Read it, show it, and answer with it."""
    model = read_model_dir(folder)
    for look in (lambda: describe_model(model), lambda: model.card):
        try:
            look()
        except ProdcatError:
            continue
    predictor = Predictor(model)
    products = [
        Product("blue boots " * 40, "sandals", encoded("red")),
        Product(None, "jeans"),
        Product(image=encoded("green", "PNG")),
        Product("\u0130\ufdfa" * 200),
    ]
    for answer in predictor.predict_many(products):
        assert 0 <= answer.probability <= 1 + 1e-6
