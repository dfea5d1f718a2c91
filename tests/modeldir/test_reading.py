import json

import pytest
from click.testing import CliRunner

import prodcat
from prodcat.cli.commands import main
from prodcat.config import ImageConfig, TextConfig
from prodcat.errors import ModelError, ModelNotFoundError
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.format import ImageInput, TextInput
from prodcat.modeldir.reading import read_model_dir
from prodcat.modeldir.writing import ModelFacts, write_model_dir
from tests.model_files import LEAVES, build_model_dir, write_model_json

NEEDED = [
    *("text.onnx", "image.onnx", "head.onnx"),
    *("tokenizer.json", "taxonomy.json", "calibration.json"),
]


def change_json(file, **changes):
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_what_a_model_is(sound):
    model = read_model_dir(sound)

    assert (model.name, model.default_accuracy, model.leaf_paths) == ("six-words", 0.95, LEAVES)
    assert (model.text.max_tokens, model.image.height, model.image.width) == (16, 8, 6)
    assert model.calibration.for_parts(["image"]).temperature == 2.0
    assert model.card.startswith("# A model for tests")


@pytest.mark.parametrize("name", ["model.json", *NEEDED])
def test_a_missing_file_is_named_and_what_to_do(folder, name):
    (folder / name).unlink()

    with pytest.raises(ModelNotFoundError, match=f"{name} is missing.*prodcat train"):
        Predictor.load(folder)


@pytest.mark.parametrize("name", NEEDED)
def test_a_file_cut_short_is_told_by_its_size(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1])

    with pytest.raises(ModelError, match=rf"{name} has [\d,]+ bytes, but model\.json says"):
        Predictor.load(folder)


@pytest.mark.parametrize("name", NEEDED)
def test_an_altered_file_of_the_same_size_is_told_by_its_hash(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[-3] ^= 1
    (folder / name).write_bytes(content)

    with pytest.raises(ModelError, match=f"{name} was altered: its sha256"):
        Predictor.load(folder)


def test_weights_for_training_on_may_be_left_out_but_not_altered(folder):
    (folder / "weights.safetensors").write_bytes(b"weights")
    write_model_json(folder)
    model = read_model_dir(folder)
    model.verify(everything=True)

    (folder / "weights.safetensors").write_bytes(b"changed")
    model.verify()
    with pytest.raises(ModelError, match=r"weights\.safetensors was altered"):
        model.verify(everything=True)

    (folder / "weights.safetensors").unlink()
    model.verify(everything=True)


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda path: None, "there is no such folder"),
        (lambda path: path.write_text("a file"), "it is a file"),
        (lambda path: path.mkdir(), r"model\.json is missing"),
    ],
)
def test_a_place_without_a_model_is_told(tmp_path, make, found):
    make(tmp_path / "model")

    with pytest.raises(ModelNotFoundError, match=found):
        read_model_dir(tmp_path / "model")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[]", "holds list"),
        (b"{}", "format None"),
        (b'{"format": 99}', "format 99.*Update prodcat"),
        (b'{"format": 2}', "does not describe a model"),
    ],
)
def test_a_model_json_that_is_none_is_told(folder, content, reason):
    (folder / "model.json").write_bytes(content)

    with pytest.raises(ModelError, match=reason):
        read_model_dir(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"text": {"encoder": "x"}},
        {"text": {"encoder": "x", "max_tokens": 0}},
        {"image": {"encoder": "x", "height": -8, "width": 6}},
        {"image": {"encoder": "x", "height": 8, "width": 6, "fit": "stretch"}},
        {"image": {"encoder": "x", "height": 8, "width": 6, "mean": 0.5}},
        {"name_view": True},
        {"name_view": 1.5},
        {"limits": {}},
        {"limits": {"max_image_bytes": "many", "max_image_pixels": 1}},
        {"default_accuracy": "high"},
        {"files": ["head.onnx"]},
        {"files": {"head.onnx": {"sha256": "0"}}},
    ],
)
def test_rubbish_in_model_json_is_told(folder, changes):
    change_json(folder / "model.json", **changes)

    with pytest.raises(ModelError, match=r"model\.json does not describe a model"):
        read_model_dir(folder)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a\\b", "C:x", "..", ""])
def test_files_elsewhere_are_refused(folder, name):
    change_json(folder / "model.json", files={name: {"sha256": "0", "bytes": 1}})

    with pytest.raises(ModelError, match="lie in its own folder"):
        read_model_dir(folder)


def test_a_needed_file_that_is_not_listed_cannot_be_verified(folder):
    change_json(folder / "model.json", files={})

    with pytest.raises(ModelError, match=r"lists no text\.onnx"):
        Predictor.load(folder)


@pytest.mark.parametrize(
    "changes", [{"labels": ["Hats"]}, {"labels": []}, {"labels": ["Bags"] * 4}, {"taxonomy": {}}]
)
def test_labels_that_are_not_in_the_tree_are_told(folder, changes):
    change_json(folder / "taxonomy.json", **changes)
    write_model_json(folder)

    with pytest.raises(ModelError, match=r"taxonomy\.json"):
        Predictor.load(folder)


def test_a_calibration_that_is_none_is_told_on_loading(folder):
    (folder / "calibration.json").write_text("{}")
    write_model_json(folder)

    with pytest.raises(ModelError, match="calibration"):
        Predictor.load(folder)


def test_a_default_accuracy_without_threshold_is_told_on_loading(folder):
    write_model_json(folder, default_accuracy=0.9)

    with pytest.raises(ModelError, match=r"default.*0\.9"):
        Predictor.load(folder)


def test_what_training_writes_is_read_again(folder):
    before = read_model_dir(folder)
    facts = ModelFacts(
        name="again",
        text=TextConfig(encoder="words", max_tokens=16),
        image=ImageConfig(encoder="colour", height=32, width=16, fit="crop"),
        taxonomy=before.taxonomy,
        labels=before.labels,
    )
    (folder / "MODEL_CARD.md").write_text("# Another card\n")

    write_model_dir(folder, facts, before.calibration)

    model = read_model_dir(folder)
    model.verify(everything=True)
    assert (model.name, model.labels, model.calibration) == (
        *("again", before.labels, before.calibration),
    )
    assert model.text == TextInput("words", 16)
    assert model.image == ImageInput("colour", 32, 16, "crop")
    assert sorted(model.files) == sorted(NEEDED)


@pytest.mark.parametrize("part", ["text", "image"])
def test_a_model_may_be_of_one_part_alone(folder, part):
    before = read_model_dir(folder)
    settings = {"text": TextConfig(encoder="words"), "image": ImageConfig(encoder="colour")}
    settings[part] = None
    facts = ModelFacts("half", taxonomy=before.taxonomy, labels=before.labels, **settings)

    write_model_dir(folder, facts, before.calibration)

    assert getattr(read_model_dir(folder), part) is None


def test_a_run_is_accepted_where_its_model_is_meant(tmp_path, monkeypatch):
    run = tmp_path / "runs" / "shop"
    build_model_dir(run / "model")
    monkeypatch.chdir(run)
    for folder in (run, str(run), ".", run / "model", "model"):
        assert Predictor.load(folder).predict("boots").category == "Boots"
        assert prodcat.predict("boots", model=folder).category == "Boots"
    shown = CliRunner().invoke(main, ["predict", "--name", "boots", "--model", str(run)])
    assert "Boots" in shown.output
    assert str(run / "model") in CliRunner().invoke(main, ["model", str(run), "--json"]).output


def test_a_model_that_holds_another_is_itself(tmp_path):
    outer = build_model_dir(tmp_path, image=False)
    build_model_dir(outer / "model")
    assert read_model_dir(outer).image is None


def test_a_run_that_is_not_finished_is_told(tmp_path):
    (tmp_path / "config.yaml").write_text("")
    with pytest.raises(ModelNotFoundError, match="run that has not come to its end"):
        read_model_dir(tmp_path)
