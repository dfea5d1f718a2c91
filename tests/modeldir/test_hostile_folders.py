"""A model's folder from somebody who means harm is told in one line, whatever is in it."""

import json
import os
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from onnx import TensorProto, helper, numpy_helper

from prodcat.cli.commands import main
from prodcat.errors import ModelError
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.reading import read_model_dir
from tests.model_files import build_text_graph, write_model_json
from tests.toy import draw_picture


def as_pipe(file):
    os.mkfifo(file)


def as_socket(file):
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(file.parent)  # a socket's path may have a hundred characters
        try:
            server.bind(file.name)
        finally:
            os.chdir(here)


def as_link(file):
    secret = file.parent.parent / "secret"
    secret.write_text("s3cret")
    file.symlink_to(secret)


KINDS = {
    "a pipe": as_pipe,
    "a socket": as_socket,
    "a symbolic link": as_link,
    "a device": lambda file: file.symlink_to("/dev/zero"),
    "a folder": lambda file: file.mkdir(),
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
@pytest.mark.parametrize("name", ["model.json", "text.onnx", "tokenizer.json", "calibration.json"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_plain_file_is_refused_and_not_waited_for(folder, name, kind):
    (folder / name).unlink()
    KINDS[kind](folder / name)

    with pytest.raises(ModelError, match=rf"{name} cannot be read: it is a .*, not a plain file"):
        Predictor.load(folder)


@pytest.mark.parametrize("make", [as_link, lambda file: os.link(file.parent / "model.json", file)])
def test_a_card_with_a_second_name_shows_nothing_of_it(folder, make):
    """It could be a link to somebody's key, and nothing vouches for what is in a card."""
    (folder / "MODEL_CARD.md").unlink()
    make(folder / "MODEL_CARD.md")

    with pytest.raises(ModelError, match="MODEL_CARD") as refused:
        _ = read_model_dir(folder).card
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("name", ["text.onnx", "image.onnx", "head.onnx"])
def test_a_graph_that_is_exchanged_after_it_was_verified_is_not_run(folder, name):
    product = {"name": "Leather bag", "image": draw_picture("Bags", 1)}
    answer = Predictor.load(folder).predict(**product)
    predictor, another = Predictor.load(folder), Predictor.load(folder)
    shutil.copy(folder / "calibration.json", folder / "new").replace(folder / name)

    assert predictor.predict(**product) == answer
    another.open()
    # Only what was verified is used without another look.
    with pytest.raises(ModelError, match=f"{name} (has|was altered)"):
        another.model.content(name)


@pytest.mark.parametrize("name", ["taxonomy.json", "calibration.json", "tokenizer.json"])
def test_data_that_is_exchanged_after_it_was_verified_is_not_used(folder, name):
    whole = read_model_dir(folder)
    whole = (whole.labels, whole.calibration, whole.content("tokenizer.json"))
    model = read_model_dir(folder)
    model.verify()
    (folder / name).write_bytes((folder / name).read_bytes().replace(b"0", b"1"))

    assert (model.labels, model.calibration, model.content("tokenizer.json")) == whole
    with pytest.raises(ModelError, match=f"{name} was altered"):
        model.content(name)
    with pytest.raises(ModelError, match=f"{name} was altered"):
        model.verify()


JSON = {
    "NaN": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "a large float": b'{"a": 1e999}',
    "a large number": b'{"a": %s}' % (b"9" * 10_000),
    "half a pair": rb'{"a": "\ud83d"}',
    "deep lists": b'{"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "deep objects": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "a null": b"null",
    "bytes": b'{"a": "\xff"}',
}


@pytest.mark.parametrize("name", ["model.json", "taxonomy.json", "calibration.json"])
@pytest.mark.parametrize("kind", JSON)
def test_json_that_is_none_is_one_line(folder, name, kind):
    (folder / name).write_bytes(JSON[kind])
    if name != "model.json":
        write_model_json(folder)

    shown = CliRunner().invoke(main, ["predict", "--model", str(folder), "--name", "boots"])

    assert shown.exit_code == 1
    assert shown.output.startswith("Error: ")
    assert len(shown.output.splitlines()) == 1
    assert len(shown.output) < 700
    assert isinstance(shown.exception, SystemExit)


def change(file, *path, to):
    """Write a file of JSON with one value changed."""
    data = json.loads(file.read_text())
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    file.write_text(json.dumps(data))


WRONG = [None, True, -1, 1e300, 10**30, "x", "\u202e" * 9, [], {}, [[]], "x" * 100_000]
FACTS = [
    *(("name",), ("prodcat",), ("text",), ("image",), ("name_view",), ("limits",)),
    *(("default_accuracy",), ("files",), ("text", "encoder"), ("text", "max_tokens")),
    *(("image", "height"), ("image", "fit"), ("limits", "max_image_bytes")),
    *(("limits", "max_image_pixels"), ("files", "head.onnx"), ("files", "head.onnx", "bytes")),
    ("files", "head.onnx", "sha256"),
]


@pytest.mark.parametrize("path", FACTS, ids=".".join)
def test_a_fact_of_another_type_is_one_line(folder, path):
    whole = (folder / "model.json").read_bytes()
    for value in WRONG:
        (folder / "model.json").write_bytes(whole)
        change(folder / "model.json", *path, to=value)
        message = refusal(folder)
        assert "\n" not in message
        assert len(message) < 700
        # A text may well be a name, and nothing a model's text or picture.
        assert message or isinstance(value, str) or value is None


def refusal(folder):
    try:
        read_model_dir(folder).verify()
    except ModelError as error:
        return str(error)
    return ""


TREES = {
    "a null id": [{"id": None, "name": "a"}],
    "a number for an id": [{"id": 1, "name": "a"}],
    "a list for a name": [{"id": "a", "name": ["a"]}],
    "a list for an id": [{"id": ["a"], "name": "a"}],
    "no object": ["a"],
    "a chain": [
        {"id": str(i), "name": str(i), "parent_id": str(i - 1) if i else None}
        for i in range(20_000)
    ],
    "a ring": [{"id": "a", "name": "a", "parent_id": "a"}],
}


@pytest.mark.parametrize("kind", TREES)
def test_a_tree_that_is_none_is_one_line(folder, kind):
    change(folder / "taxonomy.json", "taxonomy", "categories", to=TREES[kind])
    write_model_json(folder)

    with pytest.raises(ModelError, match="holds no category tree") as refused:
        Predictor.load(folder)
    assert len(str(refused.value)) < 700


@pytest.mark.parametrize("labels", [None, [None], [["Bags"]], [{}], "Bags", [1]])
def test_labels_that_are_none_are_one_line(folder, labels):
    change(folder / "taxonomy.json", "labels", to=labels)
    write_model_json(folder)

    with pytest.raises(ModelError, match=r"taxonomy\.json"):
        Predictor.load(folder)


def with_external_numbers(model, location="/etc/hostname"):
    tensor = model.graph.initializer[0]
    size = len(numpy_helper.to_array(tensor).tobytes())
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", str(size))):
        tensor.external_data.add(key=key, value=value)


def with_external_constant(model):
    constant = helper.make_node("Constant", [], ["more"], value=TensorProto(data_type=1, dims=[4]))
    constant.attribute[0].t.external_data.add(key="location", value="../secret")
    model.graph.node.insert(0, constant)


def with_loop(model):
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Identity", ["before"], ["after"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("before", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("after", TensorProto.FLOAT, None),
        ],
    )
    model.graph.initializer.append(numpy_helper.from_array(np.array(True), "yes"))
    model.graph.node[-1].output[0] = "looped"
    model.graph.node.append(helper.make_node("Loop", ["", "yes", "looped"], ["text"], body=body))


def with_function(model):
    one = helper.make_node("Identity", ["x"], ["y"])
    opset = [helper.make_opsetid("", 18)]
    model.functions.append(helper.make_function("ours", "Twice", ["x"], ["y"], [one], opset))


def with_sparse_numbers(model):
    values = numpy_helper.from_array(np.ones(1, np.float32), "sparse")
    places = numpy_helper.from_array(np.zeros(1, np.int64), "places")
    model.graph.sparse_initializer.append(
        helper.make_sparse_tensor(values, places, [1 << 20, 1 << 20])
    )


GRAPHS = {
    "names another file": with_external_numbers,
    "another file for its numbers": with_external_constant,
    "operator that runs another graph": with_loop,
    "functions of its own": with_function,
    "sparse numbers": with_sparse_numbers,
    "those of ONNX alone": lambda model: model.graph.node.append(
        helper.make_node("Inverse", ["text"], ["more"], domain="com.microsoft")
    ),
}


@pytest.mark.parametrize("reason", GRAPHS)
def test_a_graph_that_is_more_than_data_is_refused_by_us(folder, reason):
    graph = build_text_graph()
    GRAPHS[reason](graph)
    (folder / "text.onnx").write_bytes(graph.SerializeToString())
    write_model_json(folder)

    with pytest.raises(ModelError, match=rf"text\.onnx cannot be loaded: it .*{reason}"):
        Predictor.load(folder).predict("boots")


@pytest.mark.parametrize("width", [10**12, 3])
def test_a_graph_whose_embeddings_are_of_another_width_is_one_line(folder, width):
    graph = build_text_graph()
    shape = ["B", width]
    graph.graph.output[0].CopyFrom(helper.make_tensor_value_info("text", TensorProto.FLOAT, shape))
    (folder / "text.onnx").write_bytes(graph.SerializeToString())
    write_model_json(folder)

    with pytest.raises(ModelError, match=r"text\.onnx (answers|cannot be)"):
        Predictor.load(folder).predict("boots")


def test_a_tokenizer_that_fails_while_it_reads_is_one_line(folder):
    """Without its unknown word it raises what is no error of any kind."""
    change(folder / "tokenizer.json", "model", "unk_token", to="none such")
    write_model_json(folder)

    with pytest.raises(ModelError, match="tokenizer fails"):
        Predictor.load(folder).predict("something unheard of")


def test_a_graph_that_is_cut_off_anywhere_is_one_line(folder):
    content = build_text_graph().SerializeToString()
    for end in range(1, len(content), 20):
        (folder / "text.onnx").write_bytes(content[:end])
        write_model_json(folder)
        with pytest.raises(ModelError, match=r"text\.onnx cannot be (loaded|run)|takes"):
            Predictor.load(folder).predict("boots")
