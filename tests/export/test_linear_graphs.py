import numpy as np
import onnx
import pytest
import torch

from prodcat.export.linear_graphs import free_prefix, round_words, write_linear
from prodcat.inference.graph import Graph
from prodcat.network.linear import FixedParts, LinearClassifier
from prodcat.network.words import WordRows
from tests.model_files import LEAVES, build_model_dir

TOKENS = ("input_ids", "attention_mask")


def build(*, text=True, image=True, words=True):
    torch.manual_seed(0)
    classifier = LinearClassifier(
        torch.randn(9, len(LEAVES)) * 3 + 1 if text else None,
        torch.rand(9, 3) if image else None,
        rows=4 if words else 0,
        width=5,
        categories=6,
    )
    for weights in classifier.parameters():
        torch.nn.init.normal_(weights)
    if classifier.table is not None:
        torch.nn.init.zeros_(classifier.table.weight[0].detach())
    round_words(classifier)
    return classifier


def texts():
    ids = np.array([[2, 4, 9, 3], [2, 6, 3, 0]], dtype=np.int64)  # the last one is padding
    return ids, np.array([[1, 1, 1, 1], [1, 1, 1, 0]], dtype=np.int64)


def test_the_graphs_answer_as_the_classifier(tmp_path):
    encoders, folder = build_model_dir(tmp_path / "encoders"), tmp_path / "model"
    folder.mkdir()
    classifier, words = build(), WordRows.of([[4, 9], [2]], vocabulary=10)
    write_linear(classifier, words, encoders, folder)

    sentence = Graph(encoders / "text.onnx", TOKENS, "text").run(*texts())
    text = Graph(folder / "text.onnx", TOKENS, "text").run(*texts())
    image = np.random.default_rng(0).random((2, 3), dtype=np.float32)
    head = Graph(folder / "head.onnx", ("text", "image", "present"), "logits")
    for present in ([[True, True]] * 2, [[True, False], [False, True]], [[False, False]] * 2):
        found = head.run(text, image, np.array(present))
        rows = torch.from_numpy(words.look_up(*texts()))
        parts = FixedParts(torch.from_numpy(sentence), rows, torch.from_numpy(image))
        expected = classifier(parts, torch.tensor(present)).detach().numpy()
        np.testing.assert_allclose(found, expected, atol=1e-4)
    np.testing.assert_array_equal(text[:, : len(LEAVES)], sentence)
    onnx.checker.check_model(onnx.load(folder / "text.onnx"), full_check=True)
    onnx.checker.check_model(onnx.load(folder / "head.onnx"), full_check=True)


@pytest.mark.parametrize("part", ["text", "image"])
def test_a_part_that_is_not_read_has_no_graph(tmp_path, part):
    encoders, folder = build_model_dir(tmp_path / "encoders"), tmp_path / "model"
    folder.mkdir()
    classifier = build(text=part == "text", image=part == "image", words=False)
    write_linear(classifier, None, encoders, folder)
    expected = {"head.onnx", f"{part}.onnx"} | ({"tokenizer.json"} if part == "text" else set())
    assert {file.name for file in folder.iterdir()} == expected
    onnx.checker.check_model(onnx.load(folder / "head.onnx"), full_check=True)


def test_words_go_beside_those_of_an_earlier_model(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    encoders = build_model_dir(tmp_path / "encoders")
    words = WordRows.of([[4, 9], [2]], vocabulary=10)
    write_linear(build(), words, encoders, first)
    torch.manual_seed(1)
    wider = LinearClassifier(
        torch.randn(9, len(LEAVES) + 5), None, rows=words.count, width=5, categories=6
    )
    write_linear(wider, words, first, second)
    assert free_prefix(onnx.load(second / "text.onnx").graph) == "words3_"
    text = Graph(second / "text.onnx", TOKENS, "text").run(*texts())
    assert text.shape == (2, len(LEAVES) + 10)
