"""Labels that are made wrong on purpose, and the scores of others."""

import csv

import numpy as np
import pytest

from experiments.noise.kinds import make_wrong
from experiments.noise.scores import average_precision, confident_flags, precision_at, usual_scores
from experiments.wrong_labels import main
from tests.review.catalogues import COMMON, PATHS, Catalogue

LABELS = np.repeat(np.arange(9), 100)


@pytest.mark.parametrize("kind", ["sibling", "uniform"])
def test_a_share_of_the_labels_is_exchanged(kind):
    labels, is_wrong = make_wrong(LABELS, COMMON, kind=kind, rate=0.1, seed=0)
    assert is_wrong.sum() == 90
    assert (labels[is_wrong] != LABELS[is_wrong]).all()
    siblings = labels[is_wrong] // 3 == LABELS[is_wrong] // 3
    assert siblings.all() if kind == "sibling" else siblings.mean() < 0.5
    again, _ = make_wrong(LABELS, COMMON, kind=kind, rate=0.1, seed=0)
    assert np.array_equal(labels, again)


def test_confused_labels_are_those_that_are_likely():
    logs = np.full((900, 9), -12.0)
    logs[:, 4] = -0.1
    labels, is_wrong = make_wrong(LABELS, COMMON, kind="confusion", rate=0.2, seed=0, answers=logs)
    assert (labels[is_wrong & (LABELS != 4)] == 4).mean() > 0.9


def test_blocks_go_as_a_whole_into_one_sibling():
    brands = np.arange(900) // 5 % 20
    labels, is_wrong = make_wrong(
        LABELS, COMMON, kind="block", rate=0.1, seed=0, groups=list(brands + 1)
    )
    assert 90 <= is_wrong.sum() <= 130
    for place in np.flatnonzero(is_wrong):
        block = (brands == brands[place]) & (LABELS[place] == LABELS)
        assert is_wrong[block].all()
        assert len({*labels[block]}) == 1


def test_confident_joint_by_hand():
    # Four of A and four of B; the last of A looks like B surely, and nothing else is odd.
    probs = np.array([[0.9, 0.1]] * 3 + [[0.05, 0.95]] + [[0.2, 0.8]] * 4)
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    flags = confident_flags(np.log(probs).astype(np.float32), labels)
    assert flags.tolist() == [False, False, False, True, False, False, False, False]


def test_scores_put_wrong_labels_first():
    catalogue = Catalogue(products=900, wrong=40)
    logs = np.empty((900, 9), dtype=np.float32)
    for fold, block in enumerate(catalogue.answers(catalogue.labels, catalogue.folds)):
        logs[catalogue.folds == fold] = block
    for scores in usual_scores(logs, catalogue.labels).values():
        assert average_precision(scores, catalogue.is_wrong) > 0.6
        assert precision_at(scores, catalogue.is_wrong, 20) > 0.8


@pytest.mark.slow
def test_a_page_is_measured_and_goes_on(tmp_path, monkeypatch, capsys):
    import pyarrow as pa
    import pyarrow.parquet as pq

    catalogue = Catalogue(products=400, wrong=0)
    paths = [(PATHS[label] + ("", ""))[:4] for label in catalogue.right]
    levels = dict(
        zip(
            ("gender", "master_category", "sub_category", "article_type"),
            map(list, zip(*paths, strict=True)),
            strict=True,
        )
    )
    columns = {
        "name": [f"a {path[1]} {number % 7}" for number, path in enumerate(paths)],
        "group": [str(number // 2) for number in range(400)],
        "brand": [f"b{number % 30}" for number in range(400)],
    }
    pq.write_table(pa.table(columns | levels), tmp_path / "table.parquet")
    for part in ("name", "description", "picture"):
        vectors = np.zeros((400, 200), dtype=np.float32)
        vectors[:, :6] = catalogue._points
        np.save(tmp_path / f"{part}.npy", vectors)
    command = ["wrong_labels", str(tmp_path / "table.parquet"), "--vectors", str(tmp_path)]
    command += ["--kind", "sibling", "--rate", "0.05", "--out", str(tmp_path / "out")]
    monkeypatch.setattr("sys.argv", command)
    main()
    with (tmp_path / "out" / "scores.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["score"] for row in rows} >= {
        "self-confidence",
        "confident joint",
        "learnt on paper",
    }
    assert "learnt on paper" in (tmp_path / "out" / "README.md").read_text()
    capsys.readouterr()
    main()
    assert "average_precision" not in capsys.readouterr().out
