"""A search: what it draws, when it breaks a run off, how it goes on."""

import math
import sqlite3
import statistics

import pytest

from experiments.sweep.space import build_search
from prodcat.errors import ConfigError
from tests.experiments.sweeps import NETWORK

optuna = pytest.importorskip("optuna")

LR = {"train.lr": {"low": 1e-4, "high": 1.0, "log": True}}


def search(trials, **more):
    return {"settings": LR, "trials": trials, **more}


def load(sweeps):
    return optuna.load_study(study_name="sweep", storage=f"sqlite:///{sweeps.out / 'study.db'}")


def rates(sweeps):
    return [trial.params["train.lr"] for trial in load(sweeps).trials]


@pytest.fixture
def long(monkeypatch):
    """Runs of so many epochs that one can be broken off between two of them."""
    from tests.experiments import sweeps

    train = {**NETWORK["train"], "max_epochs": 8, "patience": 8, "checkpoint_minutes": 0.05}
    monkeypatch.setattr(sweeps, "NETWORK", {**NETWORK, "train": train})


@pytest.mark.slow
def test_each_trial_is_a_run_and_the_best_is_told(sweeps):
    sweeps.write(search=search(6))

    result = sweeps.run()

    assert result.exit_code == 0, result.output
    assert sweeps.states() == {f"trial-{n:03d}": "finished" for n in range(6)}
    study = load(sweeps)
    # The stand-in is as good as its learning rate is near to 0.01.
    expected = [1 / (1 + abs(math.log10(rate) + 2)) for rate in rates(sweeps)]
    assert [trial.value for trial in study.trials] == pytest.approx(expected)
    best = max(range(6), key=expected.__getitem__)
    assert f"Best of 6: trial-{best:03d}" in result.stdout
    assert len(set(rates(sweeps))) == 6
    assert list(sweeps.out.glob("*/checkpoints")) == []


@pytest.mark.slow
def test_a_run_that_is_worse_than_others_were_is_broken_off(sweeps, long):
    sweeps.write(search=search(8, startup=2, warmup=1, seed=1))

    result = sweeps.run()

    assert result.exit_code == 0, result.output
    states = sweeps.states()
    pruned = [name for name, state in states.items() if state == "pruned"]
    assert pruned
    assert "trial-000" not in pruned
    assert "trial-001" not in pruned
    study = load(sweeps)
    for name in pruned:
        trial = study.trials[int(name[-3:])]
        assert trial.state.name == "PRUNED"
        assert 1 <= sweeps.record()[name]["epochs"] < 8
        assert not (sweeps.out / name / "metrics.json").exists()
        finished = [t for t in study.trials[: trial.number] if t.state.name == "COMPLETE"]
        last = max(trial.intermediate_values)
        others = [t.intermediate_values[last] for t in finished]
        assert trial.intermediate_values[last] < statistics.median(others)
    assert f"{pruned[0]}: broken off after" in result.stderr


@pytest.mark.slow
def test_without_a_pruner_every_run_comes_to_its_end(sweeps, long):
    sweeps.write(search=search(4, startup=1, warmup=1, seed=1, pruner="none"))
    sweeps.run()
    assert set(sweeps.states().values()) == {"finished"}


@pytest.mark.slow
def test_a_search_goes_on_without_repeating_and_draws_what_it_would_have_drawn(sweeps, tmp_path):
    sweeps.write(search=search(5))
    sweeps.run()
    at_once = rates(sweeps)
    sweeps.out = tmp_path / "in two"
    sweeps.write(search=search(3))
    sweeps.run()
    sweeps.write(search=search(5))

    result = sweeps.run()

    assert rates(sweeps) == at_once
    assert "trial-003: started" in result.stderr
    assert "trial-002" not in result.stderr
    assert [sweeps.starts(f"trial-{n:03d}") for n in range(5)] == [1] * 5


@pytest.mark.slow
def test_a_search_that_is_done_starts_nothing(sweeps):
    sweeps.write(search=search(2))
    sweeps.run()
    result = sweeps.run()
    assert result.exit_code == 0
    assert "started" not in result.stderr
    assert "trial-001" in result.stdout


@pytest.mark.slow
def test_a_run_that_was_at_work_when_the_sweep_ended_goes_on_first(sweeps):
    sweeps.write(search=search(3))
    sweeps.run()
    study = sqlite3.connect(sweeps.out / "study.db")
    with study:
        study.execute("update trials set state = 'RUNNING' where number = 1")
        study.execute("delete from trial_values where trial_id = 2")
    study.close()
    (sweeps.out / "trial-001" / "metrics.json").unlink()
    before = rates(sweeps)

    result = sweeps.run()

    assert result.exit_code == 0, result.output
    assert "trial-001: going on, as it was interrupted" in result.stderr
    assert "trial-000" not in result.stderr
    assert rates(sweeps) == before
    assert load(sweeps).trials[1].state.name == "COMPLETE"


@pytest.mark.slow
def test_failed_runs_count_and_are_tried_again_when_asked(sweeps):
    choices = {"export.about": {"choices": ["fail"]}}
    sweeps.write(search={"settings": {**LR, **choices}, "trials": 2})

    first, again = sweeps.run(), sweeps.run()
    asked = sweeps.run("--retry-failed")

    assert (first.exit_code, again.exit_code, asked.exit_code) == (1, 1, 1)
    assert "started" not in again.stderr
    assert sweeps.states() == {f"trial-{n:03d}": "failed" for n in range(4)}
    assert rates(sweeps)[2:] == rates(sweeps)[:2]


@pytest.mark.slow
def test_another_search_is_not_mixed_in(sweeps):
    sweeps.write(search=search(1))
    sweeps.run()
    sweeps.write(search=search(2, metric="val_accuracy"))
    result = sweeps.run()
    assert result.exit_code == 1
    assert "the study of another search" in result.output
    sweeps.write(search=search(1))
    assert "another search" in sweeps.run("--set", "train.max_epochs=3").output


def test_what_is_no_study_is_told(sweeps):
    sweeps.out.mkdir()
    (sweeps.out / "study.db").write_text("nothing of the kind, and long enough to be read" * 9)
    sweeps.write(search=search(1))
    result = sweeps.run()
    assert result.exit_code == 1
    assert "cannot be opened as a study" in result.output


@pytest.mark.slow
def test_the_least_loss_is_best(sweeps):
    sweeps.write(search=search(3, metric="val_loss"))
    result = sweeps.run()
    best = max(range(3), key=lambda n: 1 / (1 + abs(math.log10(rates(sweeps)[n]) + 2)))
    assert f"trial-{best:03d}, val_loss" in result.stdout


def test_a_dry_run_says_what_may_be_tried(sweeps):
    sweeps.write(search=search(30))
    result = sweeps.run("--dry-run")
    assert "30 runs" in result.stdout
    assert "train.lr" in result.stdout
    assert not sweeps.out.exists()


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"trials": 3}, "no settings"),
        ({"settings": LR}, "no trials"),
        ({"settings": {}, "trials": 3}, "nothing to try"),
        (search(0), "search.trials"),
        (search(3, trails=4), "search.trails. Did you mean search.trials"),
        (search(3, metric="test_macro_f1"), "must be one of the validation"),
        (search(3, metric="val_coverage_at_95"), "pruner to none"),
        (search(3, pruner="hyperband"), "median, none"),
        ({"settings": {"train.lr": [0.1, 1]}, "trials": 3}, "expected {low"),
        ({"settings": {"train.lr": {"low": 1, "high": "x"}}, "trials": 3}, "expected a number"),
        ({"settings": {"train.lr": {"low": 1, "high": 0.1}}, "trials": 3}, "must be below"),
        ({"settings": {"train.lr": {"low": -1, "high": 0.1}}, "trials": 3}, "must be above 0"),
        ({"settings": {"train.pace": {"low": 1, "high": 2}}, "trials": 3}, "train.pace"),
        ({"settings": {"model.fusion": {"choices": ["sum"]}}, "trials": 3}, "model.fusion"),
        ({"settings": {"model.fusion": {"choices": []}}, "trials": 3}, "expected a list"),
        ({"settings": {"model.fusion": {"choices": [[1]]}}, "trials": 3}, "expected a list"),
    ],
)
def test_nonsense_is_refused_before_anything_runs(data, complaint):
    with pytest.raises(ConfigError, match=complaint):
        build_search(data, NETWORK)


def test_a_measure_of_the_end_of_a_run_may_be_searched_for_without_pruning():
    made = build_search(search(3, metric="val_coverage_at_95", pruner="none"), NETWORK)
    assert not made.minimizes


def test_whole_numbers_are_drawn_where_both_ends_are_whole(sweeps):
    from experiments.sweep.search import suggest

    settings = {
        "train.batch_size": {"low": 8, "high": 64},
        "train.lr": {"low": "1e-3", "high": 1e-1, "log": True},
        "model.fusion": {"choices": ["concat", "gated"]},
    }
    made = build_search({"settings": settings, "trials": 1}, NETWORK)
    drawn = suggest(optuna.create_study().ask(), made)
    assert isinstance(drawn["train.batch_size"], int)
    assert 1e-3 <= drawn["train.lr"] <= 1e-1
    assert drawn["model.fusion"] in ("concat", "gated")
