import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from prodcat.errors import ModelError, ModelNotFoundError
from prodcat.inference.engine import Engine
from tests.model_files import HEIGHT, SPECIAL, VOTES, WIDTH, build_model_dir

WORDS = {word: index for index, word in enumerate((*SPECIAL, *VOTES))}


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("model"))


def tokens(*words):
    ids = np.array([[WORDS[word] for word in words]], dtype=np.int64)
    return ids, np.ones_like(ids)


def picture(red=0, green=0, blue=0):
    pixels = np.zeros((1, 3, HEIGHT, WIDTH), dtype=np.uint8)
    pixels[:] = np.array([red, green, blue], dtype=np.uint8)[:, None, None]
    return pixels


def test_text_and_picture_are_added_up(model_dir):
    logits = Engine(model_dir).run(*tokens("boots", "blue"), picture(blue=255), both())

    # six for the word, nine for the colour
    np.testing.assert_allclose(logits, [[6.0, 0.0, 0.0, 9.0]], rtol=1e-5)


def both():
    return np.array([[True, True]])


def test_what_is_not_present_does_not_count(model_dir):
    engine, present = Engine(model_dir), np.array([[False, True]])

    logits = engine.run(*tokens("boots"), picture(green=255), present)

    np.testing.assert_allclose(logits, [[0.0, 9.0, 0.0, 0.0]], rtol=1e-5)


@pytest.mark.parametrize(
    ("parts", "inputs"),
    [
        ({"image": False}, ("input_ids", "attention_mask", "present")),
        ({"text": False}, ("pixel_values", "present")),
    ],
)
def test_a_model_of_one_part_takes_no_input_of_the_other(tmp_path, parts, inputs):
    engine = Engine(build_model_dir(tmp_path, **parts))

    assert engine.inputs == inputs
    assert engine.run(*tokens("bag"), picture(), both()).shape == (1, 4)


def test_an_input_that_the_graph_needs_must_be_given(model_dir):
    with pytest.raises(ModelError, match="needs pixel_values"):
        Engine(model_dir).run(*tokens("bag"), None, both())


def test_wrong_shapes_are_told_as_an_error_of_the_model(model_dir):
    with pytest.raises(ModelError, match=r"model\.onnx cannot be run"):
        Engine(model_dir).run(*tokens("bag"), np.zeros((1, 3, 5, 5), np.uint8), both())


def test_a_missing_graph_is_told(tmp_path):
    with pytest.raises(ModelNotFoundError, match=r"model\.onnx is missing"):
        _ = Engine(tmp_path).inputs


@pytest.mark.parametrize("content", [b"", b"not a graph at all", b"\x08\x09\x12\x04half"])
def test_a_broken_graph_is_told(tmp_path, content):
    (tmp_path / "model.onnx").write_bytes(content)

    with pytest.raises(ModelError, match=r"model\.onnx cannot be loaded"):
        _ = Engine(tmp_path).inputs


def save_graph(folder, *, output="logits", value=0.0, input_name="present"):
    given = helper.make_tensor_value_info(input_name, TensorProto.BOOL, ["B", 2])
    answer = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["B", 2])
    nodes = [
        helper.make_node("Cast", [input_name], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Constant", [], ["constant"], value_float=value),
        helper.make_node("Add", ["numbers", "constant"], [output]),
    ]
    graph = helper.make_graph(nodes, "g", [given], [answer])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, folder / "model.onnx")


@pytest.mark.parametrize("names", [{"output": "scores"}, {"input_name": "pixels"}])
def test_a_graph_of_another_kind_is_refused(tmp_path, names):
    save_graph(tmp_path, **names)

    with pytest.raises(ModelError, match=r"expected some of input_ids.* and logits"):
        _ = Engine(tmp_path).inputs


def test_nan_is_no_answer(tmp_path):
    save_graph(tmp_path, value=float("nan"))

    with pytest.raises(ModelError, match="NaN or infinity"):
        Engine(tmp_path).run(None, None, None, both())


def test_no_thread_is_no_number_of_threads(model_dir):
    with pytest.raises(ModelError, match="threads is 0"):
        Engine(model_dir, threads=0)


def test_threads_are_as_asked_and_do_not_spin(model_dir):
    session = Engine(model_dir, threads=1)._open()

    options = session.get_session_options()
    assert options.intra_op_num_threads == 1
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_the_answers_are_the_same_from_many_threads_at_once(model_dir):
    engine = Engine(model_dir, threads=1)
    words = [word for word in VOTES for _ in range(20)]

    def run(word):
        return engine.run(*tokens(word), picture(), both())

    with ThreadPoolExecutor(8) as pool:
        found = np.concatenate(list(pool.map(run, words)))

    np.testing.assert_allclose(found, [VOTES[word] for word in words])


def test_onnxruntime_prints_nothing_of_its_own(tmp_path):
    folder = build_model_dir(tmp_path, image=False)  # holds constants that nothing uses
    code = (
        "import json, sys, numpy as np\n"
        "from prodcat.inference.engine import Engine\n"
        f"engine = Engine({str(folder)!r})\n"
        "ids = np.array([[4, 5]]); present = np.array([[True, False]])\n"
        "print(json.dumps(engine.run(ids, np.ones_like(ids), None, present).tolist()))\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert json.loads(done.stdout) == [[6.0, 6.0, 0.0, 0.0]]
