"""What is done about a run, from what stands in its folder."""

import json

import pytest
import yaml

from experiments.sweep.jobs import Machine, build_job
from experiments.sweep.record import Entry
from experiments.sweep.runs import judge, put_aside, read_results
from prodcat.runs.directory import RunDir

CORPUS = "c0ffee"
SETTINGS = {"text": {"encoder": "hub/bert"}, "train": {"lr": 0.01}}
BASELINE = {"baseline": {"kind": "tfidf_svc", "c": 2.0}}


@pytest.fixture
def run(tmp_path):
    return RunDir(tmp_path / "one")


def job(settings=SETTINGS, **changes):
    changed = [f"{key.replace('__', '.')}={value}" for key, value in changes.items()]
    return build_job("one", settings, Machine(changed))


def begin(run, settings):
    run.root.mkdir()
    run.config.write_text(yaml.safe_dump(settings))
    run.environment.write_text(json.dumps({"corpus_fingerprint": CORPUS}))


def finish(run, metrics=None):
    run.metrics.write_text(json.dumps(metrics or {}))


def verdict(job, run, entry=None, *, retry=False, corpus=CORPUS):
    return judge(job, run, entry or Entry(), retry_failed=retry, corpus_fingerprint=corpus)


def test_what_is_not_there_is_started(run):
    assert verdict(job(), run).action == "start"


@pytest.mark.parametrize("settings", [SETTINGS, BASELINE])
def test_what_was_begun_goes_on(run, settings):
    begin(run, job(settings).settings)
    assert verdict(job(settings), run).action == "continue"


@pytest.mark.parametrize("settings", [SETTINGS, BASELINE])
def test_what_is_finished_is_skipped(run, settings):
    begin(run, job(settings).settings)
    finish(run)
    assert verdict(job(settings), run).action == "skip"


def test_what_was_begun_with_other_settings_starts_anew(run):
    begin(run, job().settings)
    found = verdict(job(train__lr=0.02), run)
    assert found.action == "start anew"
    assert "train.lr is 0.01 there and 0.02 here" in found.reason


def test_a_baseline_of_other_settings_is_noticed(run):
    begin(run, job(BASELINE).settings)
    finish(run)
    found = verdict(job(BASELINE, baseline__c=3.0), run)
    assert found.action == "refuse"
    assert "baseline.c is 2.0 there and 3.0 here" in found.reason


def test_a_network_in_the_place_of_a_baseline_is_noticed(run):
    begin(run, job(BASELINE).settings)
    finish(run)
    assert verdict(job(), run).action == "refuse"


def test_settings_that_cannot_be_read_are_told(run):
    begin(run, {"train": {"pacience": 3}})
    found = verdict(job(), run)
    assert found.action == "start anew"
    assert "train.patience" in found.reason


def test_an_encoder_in_another_place_is_the_same_for_a_finished_run(run):
    begin(run, job(text__encoder="/there/bert").settings)
    finish(run)
    assert verdict(job(text__encoder="/here/bert"), run).action == "skip"
    assert verdict(job(text__encoder="/here/other"), run).action == "refuse"


def test_a_finished_run_on_another_corpus_is_refused(run):
    begin(run, job().settings)
    finish(run)
    assert verdict(job(), run, corpus="decaf").action == "refuse"
    run.environment.unlink()
    assert verdict(job(), run).action == "refuse"


def test_a_failed_run_waits_for_a_change_or_a_wish(run):
    begin(run, job().settings)
    failed = Entry(state="failed", settings=job().fingerprint)
    assert verdict(job(), run, failed).action == "skip"
    assert verdict(job(), run, failed, retry=True).action == "continue"
    assert verdict(job(train__lr=0.02), run, failed).action == "start anew"


def test_a_run_that_failed_before_its_folder_was_made_is_started_when_wished(run):
    failed = Entry(state="failed", settings=job().fingerprint)
    assert verdict(job(), run, failed).action == "skip"
    assert verdict(job(), run, failed, retry=True).action == "start"
    assert verdict(job(train__lr=0.02), run, failed).action == "start"


def test_what_is_put_aside_is_kept(run):
    for number in (1, 2):
        begin(run, {"number": number})
        put_aside(run)
    replaced = run.root.parent / "replaced"
    assert [
        yaml.safe_load((replaced / f"one-{n}" / "config.yaml").read_text()) for n in (1, 2)
    ] == [
        {"number": 1},
        {"number": 2},
    ]
    assert not run.root.exists()


def test_the_chief_measures_are_read(run):
    run.root.mkdir()
    measures = {"macro_f1": {"value": 0.25}, "accuracy": {"value": 0.75}}
    finish(run, {"val": {"everything": measures}, "training": {"epochs": 3, "seconds": 60.0}})
    entry = Entry()
    read_results(run, entry)
    assert (entry.val_macro_f1, entry.val_accuracy, entry.epochs) == (0.25, 0.75, 3)
    assert entry.seconds == 60.0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"val": {"everything": {"macro_f1": 3}}}'])
def test_measures_that_cannot_be_read_stay_unknown(run, text):
    run.root.mkdir()
    run.metrics.write_text(text)
    entry = Entry()
    read_results(run, entry)
    assert entry == Entry()
