"""Folders of cascades that somebody has spoilt."""

import json
import shutil

import pytest

from prodcat.errors import ModelError
from prodcat.evaluation.cascading import write_cascade
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.format import Handover
from prodcat.modeldir.reading import read_model_dir


@pytest.fixture
def cascade_dir(model_dir, tmp_path):
    model = read_model_dir(model_dir)
    (tmp_path / "cascade").mkdir()
    write_cascade(model, model, Handover(0.9, 0.5, 1.0, (0, 1, 2, 3)), tmp_path / "cascade")
    return tmp_path / "cascade"


def _altered(folder, name):
    file = folder / name
    file.write_bytes(file.read_bytes().replace(b"1", b"2", 1) + b" ")


def _linked(folder):
    folder.joinpath("first").rename(folder.parent / "elsewhere")
    folder.joinpath("first").symlink_to(folder.parent / "elsewhere")


def _within(folder):
    shutil.copytree(folder / "first", folder / "first" / "first")
    _edit(folder / "first" / "model.json", format=5, first={})


def _edit(file, **changes):
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def _hand_over(folder, **changes):
    data = json.loads((folder / "model.json").read_text())
    _edit(folder / "model.json", first=data["first"] | changes)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: _altered(f, "first/model.json"), "altered"),
        (lambda f: _altered(f, "first/head.onnx"), "bytes, but model.json says"),
        (lambda f: shutil.rmtree(f / "first"), "no such folder"),
        (_linked, "is a link"),
        (_within, "first"),
        (lambda f: _edit(f / "model.json", format=3), "format 3 with 'first'"),
        (lambda f: _edit(f / "model.json", first=None), "format 5 with 'first'"),
        (
            lambda f: _edit(f / "model.json", image=None),
            "reads pictures, which it does not read itself",
        ),
        (lambda f: _hand_over(f, gate=2), "gate is 2"),
        (lambda f: _hand_over(f, text_gate="all"), "text_gate is 'all'"),
        (lambda f: _hand_over(f, scale=0), "scale is 0"),
        (lambda f: _hand_over(f, columns=[0, 0, 1, 2]), "a leaf twice"),
        (lambda f: _hand_over(f, columns=[None] * 4), "or none"),
        (lambda f: _hand_over(f, columns=[0, 1, 2]), "do not belong together"),
        (lambda f: _hand_over(f, columns=[0, 1, 2, 9]), "do not belong together"),
        (lambda f: _hand_over(f, columns=[0, 1, 2, -1]), "a column is -1"),
        (lambda f: _hand_over(f, columns="abc"), "a column is 'a'"),
    ],
)
def test_a_spoilt_cascade_is_refused(cascade_dir, spoil, message):
    spoil(cascade_dir)
    with pytest.raises(ModelError, match=message):
        Predictor.load(cascade_dir)
