import numpy as np
import pytest

from prodcat.analyze.findings import summarize as module
from prodcat.analyze.findings.summarize import differing_settings, summarize
from prodcat.errors import AnalyzeError
from prodcat.runs.reading import Skipped, read_runs
from tests.analyze.run_files import CONFIG, PICTURE, Answered, draw_side, write_run

VAL = draw_side(120, right=0.9, seed=1)


def summary_of(folder, **options):
    runs, skipped = read_runs([folder])
    return summarize(runs, skipped, **options)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for name, right, seed in (("a", 0.9, 0), ("b", 0.9, 1), ("worse", 0.5, 0)):
        lr = 0.001 if right == 0.9 else 1.0
        config = {**CONFIG, "train": {"lr": lr, "seed": seed}}
        test = draw_side(200, right=right, seed=7 + seed)
        write_run(folder / name, test=test, val=VAL, config=config)
    (folder / "worse2").mkdir()
    (folder / "worse2" / "config.yaml").write_text("a: 1")
    return folder


@pytest.fixture(scope="module")
def summary(folder):
    return summary_of(folder)


def test_everything_is_told(summary):
    assert summary.title == "3 runs compared"
    assert (summary.side, summary.n, summary.classes) == ("test", 200, 3)
    assert [run.name for run in summary.runs] == ["a", "b", "worse"]
    assert [s.path.split("/")[-1] for s in summary.skipped] == ["worse2"]
    assert summary.differing == ("train.lr", "train.seed")
    assert summary.marks == ()
    assert [group.runs for group in summary.seed_groups] == [("a", "b")]
    assert len(summary.comparisons) == 3
    run = summary.runs[0]
    assert run.reads == ("name", "description", "image")
    assert run.settings["text.encoder"] == "MiniLM"
    assert run.facts["versions.prodcat"] == "0.1.0"
    assert "corpus" not in run.facts
    assert set(run.matrices) == {"leaf", "parent", "top"}
    assert set(run.curves) == {"leaf", "parent"}
    assert sum(products.n for products in run.reliability.after) == run.n
    assert run.measures["coverage_at_98"].value is not None
    assert run.cost.model_bytes == 34_000_000
    assert run.training.seconds == 61.5
    assert [s.name for s in run.selections] == ["everything", "name only"]


def test_runs_that_differ_in_their_seed_need_not_beat_each_other(summary):
    best = {run.name: run.best_in for run in summary.runs}

    assert "accuracy" in best["a"]
    assert "accuracy" in best["b"]
    assert best["worse"] == ()


def test_every_product_that_is_referred_to_is_there(summary):
    named = {m.id for run in summary.runs for m in run.mistakes}
    named |= {key for run in summary.runs for pair in run.confused for key in pair.examples}
    named |= {d.id for pair in summary.comparisons for d in pair.disagreements}

    assert named == set(summary.products)


def test_a_run_alone_is_compared_with_none(folder):
    runs, _ = read_runs([folder / "a"])

    alone = summarize(runs)

    assert alone.title == "Run a"
    assert alone.comparisons == ()
    assert alone.differing == ()


def test_coverage_of_a_broken_promise_is_nowhere(tmp_path):
    val = draw_side(120, right=0.7, seed=1)
    write_run(tmp_path / "good", val=val)
    write_run(tmp_path / "liar", val=val, thresholds={0.95: 0.1, 0.98: 0.1})

    summary = summary_of(tmp_path)

    good, liar = summary.runs
    assert "coverage is not shown" in liar.warnings[0]
    for measures in (liar.measures, *(s.measures for s in liar.selections)):
        assert [name for name in measures if "_at_" in name] == []
    assert liar.curves["leaf"].points == ()
    assert "coverage_at_98" not in summary.comparisons[0].differences
    assert good.curves["leaf"].points
    assert not any("coverage is not shown" in warning for warning in good.warnings)


def test_coverage_that_does_not_reach_its_accuracy_is_not_the_best(tmp_path):
    sure, right = draw_side(300, right=0.97, seed=1), draw_side(300, right=1.0, seed=3)
    lax, strict = np.tile([0.9, 0.05, 0.05], (300, 1)), np.tile([0.4, 0.3, 0.3], (300, 1))
    half = np.arange(300) % 2
    write_run(tmp_path / "lax", val=sure, test=Answered(lax, half), bootstrap=100)
    write_run(tmp_path / "strict", val=right, test=Answered(strict, 0 * half), bootstrap=100)

    lax_run, strict_run = summary_of(tmp_path, force=True).runs

    assert lax_run.measures["coverage_at_95"].value == 1
    assert strict_run.measures["coverage_at_95"].value == 0
    assert lax_run.best_in == ()
    assert "What it answers at 95% is right in 50.0% only, on these products." in lax_run.warnings
    assert strict_run.warnings == ()


def test_runs_on_other_data_are_refused_and_marked_when_forced(tmp_path):
    write_run(tmp_path / "a")
    write_run(tmp_path / "b", fingerprint="f" * 16)

    with pytest.raises(AnalyzeError, match="another corpus"):
        summary_of(tmp_path)
    marks = summary_of(tmp_path, force=True).marks
    assert "another corpus" in marks[0]
    assert "compared on the products that both have" in marks[-1]


def test_no_run_is_told_with_what_was_skipped(tmp_path):
    with pytest.raises(AnalyzeError, match=r"There is no run to report: .*x holds no run"):
        summarize([], [Skipped(tmp_path / "x", "holds no run")])
    with pytest.raises(AnalyzeError, match="none was given"):
        summarize([])


def test_a_run_without_products_on_that_side_is_skipped(tmp_path):
    none = Answered(np.empty((0, 3)), np.empty(0, dtype=int))
    write_run(tmp_path / "a")
    write_run(tmp_path / "b", test=none)

    summary = summary_of(tmp_path)

    assert [run.name for run in summary.runs] == ["a"]
    assert summary.skipped[0].reason == "has no test products"


def test_the_validation_side_says_that_it_is_too_good(folder):
    summary = summary_of(folder, side="val")

    assert summary.n == 120
    assert "too good" in summary.notes[0]


def test_an_unknown_side_is_refused(folder):
    with pytest.raises(AnalyzeError, match="Unknown side 'train'"):
        summary_of(folder, side="train")


def test_pictures_and_names_are_taken_from_the_run_that_knows_them(tmp_path):
    probs, labels = np.array([[0.2, 0.7, 0.1]] * 2), np.array([0, 0])
    reads = Answered(probs, labels, names=["One", None], pictures=[None, None])
    sees = Answered(probs, labels, names=[None, None], pictures=[PICTURE, None])
    write_run(tmp_path / "reads", test=reads)
    write_run(tmp_path / "sees", test=sees)

    summary = summary_of(tmp_path)

    for run in summary.runs:
        assert run.side.names == ("One", None)
        assert run.side.image_sha256 == (PICTURE, None)
    assert summary.products["shop:test-0000"].image_sha256 == PICTURE


def test_of_very_many_runs_the_best_on_validation_are_compared(folder, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "MAX_COMPARED", 2)
    good, bad = draw_side(60, right=0.95, seed=1), draw_side(60, right=0.4, seed=1)
    for name, val in (("a", good), ("b", bad), ("c", good)):
        write_run(tmp_path / name, val=val)

    summary = summary_of(tmp_path)

    assert [(c.first, c.second) for c in summary.comparisons] == [("a", "c")]
    assert "Of 3 runs, the 2 with the best macro-F1 on validation" in summary.notes[0]


def test_a_setting_that_only_some_have_tells_runs_apart_where_these_differ():
    network = {"train.lr": "1", "train.clip": "1"}
    settings = [network, {**network, "train.lr": "2"}, {"baseline.kind": "svc", "baseline.c": "1"}]

    assert differing_settings(settings) == ("train.lr", "baseline.kind")
