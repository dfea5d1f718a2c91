import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from onnx import TensorProto, helper

from prodcat.errors import InputError, ModelError, ModelNotFoundError
from prodcat.inference.engine import Engine
from prodcat.inference.runtime import onnxruntime
from prodcat.modeldir.reading import read_model_dir
from tests.model_files import HEIGHT, SPECIAL, VOTES, WIDTH, build_model_dir, write_model_json

WORDS = {word: index for index, word in enumerate((*SPECIAL, *VOTES))}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return read_model_dir(build_model_dir(tmp_path_factory.mktemp("model")))


def tokens(*words):
    ids = np.array([[WORDS[word] for word in words]], dtype=np.int64)
    return ids, np.ones_like(ids)


def picture(red=0, green=0, blue=0):
    pixels = np.zeros((1, 3, HEIGHT, WIDTH), dtype=np.uint8)
    pixels[:] = np.array([red, green, blue], dtype=np.uint8)[:, None, None]
    return pixels


def spoil(model, folder, name, content=None):
    """A copy of the model of which one file is missing, or has other content."""
    shutil.copytree(model.folder, folder, dirs_exist_ok=True)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
        write_model_json(folder)
    return Engine(read_model_dir(folder))


def answer(engine, words, pixels, present=(True, True)):
    text = engine.embed_texts(*tokens(*words)) if engine.text else None
    image = engine.embed_images(pixels) if engine.image else None
    return engine.score(text, image, np.array([present]))


def test_text_and_picture_are_added_up(model):
    logits = answer(Engine(model), ["boots", "blue"], picture(blue=255))

    # six for the word, nine for the colour
    np.testing.assert_allclose(logits, [[6.0, 0.0, 0.0, 9.0]], rtol=1e-5)


def test_what_is_not_present_does_not_count(model):
    logits = answer(Engine(model), ["boots"], picture(green=255), (False, True))

    np.testing.assert_allclose(logits, [[0.0, 9.0, 0.0, 0.0]], rtol=1e-5)


@pytest.mark.parametrize(
    ("parts", "inputs"),
    [
        ({"image": False}, ("text", "present")),
        ({"text": False}, ("image", "present")),
        ({}, ("text", "image", "present")),
    ],
)
def test_a_model_has_the_graphs_of_the_parts_that_it_reads(tmp_path, parts, inputs):
    engine = Engine(read_model_dir(build_model_dir(tmp_path, **parts)))

    assert engine.head.inputs == inputs
    assert (engine.text is None, engine.image is None) == (
        not parts.get("text", True),
        not parts.get("image", True),
    )
    assert answer(engine, ["bag"], picture()).shape == (1, 4)


def test_graphs_tell_the_width_of_what_they_answer(model):
    engine = Engine(model)

    assert (engine.text.width, engine.image.width, engine.head.width) == (4, 3, 4)


def test_wrong_shapes_are_told_as_an_error_of_the_model(model):
    with pytest.raises(ModelError, match=r"image\.onnx cannot be run"):
        Engine(model).embed_images(np.zeros((1, 3, 5, 5), np.uint8))


def test_a_head_of_other_categories_is_refused(model):
    engine = Engine(model)
    engine.categories = 7

    with pytest.raises(ModelError, match="answers 4 logits, but the model has 7 categories"):
        answer(engine, ["bag"], picture())


def test_a_missing_graph_is_told(model, tmp_path):
    engine = spoil(model, tmp_path, "text.onnx")

    with pytest.raises(ModelNotFoundError, match=r"text\.onnx is missing"):
        engine.embed_texts(*tokens("bag"))


@pytest.mark.parametrize("content", [b"", b"not a graph at all", b"\x08\x09\x12\x04half"])
def test_a_broken_graph_is_told(model, tmp_path, content):
    engine = spoil(model, tmp_path, "text.onnx", content)

    with pytest.raises(ModelError, match=r"text\.onnx cannot be loaded"):
        engine.embed_texts(*tokens("bag"))


def build_head(*, output="logits", value=0.0, input_name="present"):
    given = helper.make_tensor_value_info(input_name, TensorProto.BOOL, ["B", 2])
    texts = helper.make_tensor_value_info("text", TensorProto.FLOAT, ["B", 2])
    images = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["B", 2])
    scores = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["B", 2])
    nodes = [
        helper.make_node("Cast", [input_name], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Constant", [], ["constant"], value_float=value),
        helper.make_node("Sum", ["numbers", "constant", "text", "image"], [output]),
    ]
    graph = helper.make_graph(nodes, "g", [texts, images, given], [scores])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return model.SerializeToString()


def score_nothing(engine):
    none = np.zeros((1, 2), dtype=np.float32)
    return engine.score(none, none, np.array([[True, True]]))


@pytest.mark.parametrize("names", [{"output": "scores"}, {"input_name": "pixels"}])
def test_a_graph_of_another_kind_is_refused(model, tmp_path, names):
    engine = spoil(model, tmp_path, "head.onnx", build_head(**names))

    with pytest.raises(ModelError, match=r"expected text, image, present, and logits"):
        score_nothing(engine)


def test_nan_is_no_answer(model, tmp_path):
    engine = spoil(model, tmp_path, "head.onnx", build_head(value=float("nan")))

    with pytest.raises(ModelError, match="NaN or infinity"):
        score_nothing(engine)


def test_no_thread_is_no_number_of_threads(model):
    with pytest.raises(ModelError, match="threads is 0"):
        Engine(model, threads=0)


def test_threads_are_as_asked_and_do_not_spin(model):
    options = Engine(model, threads=3).text.open().get_session_options()

    assert options.intra_op_num_threads == 3
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_the_answers_are_the_same_from_many_threads_at_once(model):
    engine = Engine(model, threads=1)
    words = [word for word in VOTES for _ in range(20)]

    with ThreadPoolExecutor(8) as pool:
        found = np.concatenate(list(pool.map(lambda w: answer(engine, [w], picture()), words)))

    np.testing.assert_allclose(found, [VOTES[word] for word in words])


def test_onnxruntime_prints_nothing_of_its_own(tmp_path):
    folder = build_model_dir(tmp_path, image=False)  # its head holds constants that nothing uses
    code = (
        "import json, sys, numpy as np\n"
        "from prodcat.inference.engine import Engine\n"
        "from prodcat.modeldir.reading import read_model_dir\n"
        f"engine = Engine(read_model_dir({str(folder)!r}))\n"
        "ids = np.array([[4, 5]])\n"
        "text = engine.embed_texts(ids, np.ones_like(ids))\n"
        "logits = engine.score(text, None, np.array([[True, False]]))\n"
        "print(json.dumps(logits.tolist()))\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert json.loads(done.stdout) == [[6.0, 6.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("device", "told"), [("tpu", "one of: cpu, cuda"), ("cuda", "install onnxruntime-gpu")]
)
def test_a_device_that_is_not_there_is_told(model, monkeypatch, device, told):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])

    with pytest.raises(InputError, match=told):
        Engine(model, device=device)


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_a_device_that_cannot_be_started_is_no_silent_fall_back(model, monkeypatch):
    both = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: both)
    engine = Engine(model, device="cuda")

    with pytest.raises(InputError, match="driver or libraries are missing"):
        engine.embed_images(picture())
