import sys
from pathlib import Path

import numpy as np
import pytest

from experiments.benchmarks import runtimes
from experiments.benchmarks.runtimes import difference, lay_out, measure, torch_encoder
from prodcat.modeldir.reading import read_model_dir
from prodcat.wording import ABSENT
from tests.model_files import build_model_dir


def test_every_runtime_is_timed_and_compared():
    calls = {"onnxruntime": lambda ids, _: ids, "torch": lambda ids, _: 2.0 * ids}
    rows = measure(calls, 2)

    assert len(rows) == 2 * len(runtimes.SHAPES)
    assert [row["difference"] for row in rows[:2]] == [0.0, 1.0]
    assert all(row["ms"] > 0 for row in rows)


def test_an_answer_that_is_none_is_infinitely_far():
    assert difference(np.array([1.0, np.nan]), np.array([1.0, 2.0])) == np.inf


def test_the_table_compares_with_onnxruntime():
    shape = {"texts": 16, "pieces": 48}
    rows = [
        {**shape, "runtime": "onnxruntime", "ms": 3.0, "difference": 0.0},
        {**shape, "runtime": "OpenVINO, bfloat16", "ms": 1.5, "difference": 0.012},
        {**shape, "runtime": "torch", "ms": 6.0, "difference": 0.9},
    ]
    assert [row[2:] for row in lay_out(rows).rows] == [
        ["3.00", "1.00", "0"],
        ["1.50", "2.00", "0.012"],
        ["6.00", "0.50", ABSENT],
    ]


def test_what_is_not_installed_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(runtimes, "find_spec", lambda _: None)
    found = runtimes.runtimes(read_model_dir(build_model_dir(tmp_path)), None)
    assert list(found) == ["onnxruntime"]


@pytest.mark.slow
def test_torch_answers_one_embedding_to_a_text(torch_setup):
    run = torch_encoder(Path(torch_setup.encoder))
    ids, mask = np.array([[5, 6, 7], [5, 6, 8]]), np.array([[1, 1, 0], [1, 1, 0]])

    found = run(ids, mask)

    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)  # what is masked does not count
    assert found.ndim == 2


def test_a_model_without_texts_is_told(tmp_path, monkeypatch):
    model = build_model_dir(tmp_path, text=False)
    monkeypatch.setattr(sys, "argv", ["runtimes", "--model", str(model)])
    with pytest.raises(SystemExit, match="reads no texts"):
        runtimes.main()
