"""A list of runs: all of them run, and what is done about those that fail or were begun."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
import yaml

from experiments.sweep.__main__ import plan_slots
from prodcat.errors import ConfigError
from tests.experiments.sweeps import REPOSITORY

ONE, TWO = {"name": "one"}, {"name": "two", "set": {"train.lr": 0.1}}
FAILING = {"name": "failing", "set": {"export.about": "fail"}}


def test_all_runs_of_a_list_are_run_in_order_and_compared(sweeps):
    sweeps.write(list=[TWO, ONE])

    result = sweeps.run()

    assert result.exit_code == 0, result.output
    assert sweeps.states() == {"two": "finished", "one": "finished"}
    assert result.stderr.index("two: started") < result.stderr.index("one: started")
    assert sweeps.record()["two"]["val_macro_f1"] == pytest.approx(0.5)
    assert "0.5" in result.stdout
    assert f"prodcat analyze {sweeps.out / 'two'} {sweeps.out / 'one'} --out" in result.stdout


def test_a_finished_run_is_not_run_again(sweeps):
    sweeps.write(list=[ONE])
    sweeps.run()

    result = sweeps.run()

    assert result.exit_code == 0
    assert "one: skipped: finished" in result.stderr
    assert sweeps.starts("one") == 1


def test_a_run_that_fails_does_not_stop_the_others_and_is_recorded(sweeps):
    sweeps.write(list=[FAILING, ONE])

    result = sweeps.run()

    assert result.exit_code == 1
    assert sweeps.states() == {"failing": "failed", "one": "finished"}
    entry = sweeps.record()["failing"]
    assert entry["exit_code"] == 3
    assert entry["error"][-2:] == ["Going well.", "Error: it broke."]
    assert "Error: it broke." in result.stdout


def test_a_run_that_is_killed_is_recorded_with_its_signal(sweeps):
    sweeps.write(list=[{"name": "killed", "set": {"export.about": "killed"}}])
    result = sweeps.run()
    assert sweeps.record()["killed"]["exit_code"] == 128 + signal.SIGKILL
    assert "want of memory" in result.stderr


def test_a_failed_run_is_left_alone_and_tried_again_when_asked(sweeps):
    sweeps.write(list=[{"name": "flagged", "set": {"export.about": "by flag"}}])
    sweeps.run()

    again = sweeps.run()
    (sweeps.out / "flagged" / "go").touch()
    asked = sweeps.run("--retry-failed")

    assert again.exit_code == 1
    assert "--retry-failed" in again.stderr
    assert asked.exit_code == 0
    assert sweeps.states() == {"flagged": "finished"}
    assert sweeps.starts("flagged") == 2


def test_a_failed_run_is_tried_again_when_its_settings_change(sweeps):
    sweeps.write(list=[FAILING])
    sweeps.run()
    sweeps.write(list=[{"name": "failing", "set": {"export.about": "mended"}}])

    result = sweeps.run()

    assert result.exit_code == 0, result.output
    assert "export.about is fail there and mended here" in result.stderr
    assert (sweeps.out / "replaced" / "failing-1" / "config.yaml").is_file()


def test_a_finished_run_of_other_settings_is_neither_run_nor_passed_off_as_this_one(sweeps):
    sweeps.write(list=[{"name": "one", "set": {"train.lr": 0.02}}])
    sweeps.run()
    sweeps.write(list=[ONE, TWO])

    result = sweeps.run()

    assert result.exit_code == 1
    assert sweeps.states() == {"one": "failed", "two": "finished"}
    assert "train.lr is 0.02 there and 0.01 here" in sweeps.record()["one"]["error"][0]
    assert sweeps.starts("one") == 1


def test_only_some_runs_can_be_chosen(sweeps):
    sweeps.write(list=[ONE, TWO])
    sweeps.run("--only", "two")
    assert sweeps.states() == {"two": "finished"}
    refused = sweeps.run("--only", "three")
    assert refused.exit_code == 1
    assert "the sweep has the runs one, two" in refused.output


def test_a_dry_run_says_what_would_be_done_and_does_nothing(sweeps):
    sweeps.write(list=[ONE, TWO])
    sweeps.run("--only", "one")
    record = (sweeps.out / "sweep.json").read_bytes()

    result = sweeps.run("--dry-run")

    rows = [line.split("│")[1:4] for line in result.stdout.splitlines() if "network" in line]
    actions = [[cell.strip() for cell in row] for row in rows]
    assert actions == [["one", "network", "skip"], ["two", "network", "start"]]
    assert not (sweeps.out / "two").exists()
    assert (sweeps.out / "sweep.json").read_bytes() == record


def test_a_dry_run_makes_no_folder(sweeps):
    sweeps.write(list=[ONE])
    sweeps.run("--dry-run")
    assert not sweeps.out.exists()


FUSION = {"name": "late", "config": "late.yaml"}


def write_fusion(sweeps):
    settings = {"baseline": {"kind": "late_fusion", "runs": ["one", "two"]}}
    (sweeps.file.parent / "late.yaml").write_text(yaml.safe_dump(settings))


def test_a_run_waits_for_those_that_it_needs(sweeps):
    write_fusion(sweeps)
    slow = {"train.checkpoint_minutes": 0.2}
    sweeps.write(list=[{"name": "one", "set": slow}, {"name": "two", "set": slow}, FUSION])

    result = sweeps.run("--jobs", "3")

    assert result.exit_code == 0, result.output
    said = result.stderr
    ends = max(said.index("one: finished"), said.index("two: finished"))
    assert said.index("two: started") < said.index("one: finished") < said.index("late: started")
    assert ends < said.index("late: started")


def test_a_run_is_not_tried_when_one_that_it_needs_failed(sweeps):
    write_fusion(sweeps)
    sweeps.write(list=[{**FAILING, "name": "one"}, TWO, FUSION])
    result = sweeps.run()
    assert result.exit_code == 1
    assert sweeps.states() == {"one": "failed", "two": "finished", "late": "blocked"}
    assert "needs the run one" in sweeps.record()["late"]["error"][0]


def test_what_a_chosen_run_needs_may_be_finished_before(sweeps):
    write_fusion(sweeps)
    sweeps.write(list=[ONE, TWO, FUSION])
    assert sweeps.run("--only", "late").exit_code == 1
    sweeps.run("--only", "one", "--only", "two")
    assert sweeps.run("--only", "late").exit_code == 0


def test_what_is_made_of_other_runs_is_not_passed_off_when_one_of_them_is_made_anew(sweeps):
    write_fusion(sweeps)
    sweeps.write(list=[ONE, TWO, FUSION])
    sweeps.run()
    shutil.rmtree(sweeps.out / "two")
    sweeps.write(list=[ONE, {"name": "two", "set": {"train.lr": 0.3}}, FUSION])

    result = sweeps.run()

    assert result.exit_code == 1
    assert sweeps.states() == {"one": "finished", "two": "finished", "late": "failed"}
    assert "made of an earlier two" in sweeps.record()["late"]["error"][0]
    shutil.rmtree(sweeps.out / "late")
    assert sweeps.run().exit_code == 0


def test_each_gpu_has_one_run_at_a_time(sweeps):
    entries = [{"name": f"run{n}", "set": {"train.seed": n}} for n in range(4)]
    sweeps.write(list=entries)

    sweeps.run("--gpus", "0,3")

    used = [sweeps.log(entry["name"]).split("gpu ")[1].split()[0] for entry in entries]
    assert sorted(used[:2]) == ["0", "3"]
    assert set(used[2:]) <= {"0", "3"}


def test_runs_at_the_same_time_share_the_processors(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert plan_slots(None, 3) == ({"OMP_NUM_THREADS": "2"},) * 3
    assert plan_slots(None, None) == ({},)
    assert plan_slots("1, 4", None) == (
        {"CUDA_VISIBLE_DEVICES": "1", "OMP_NUM_THREADS": "4"},
        {"CUDA_VISIBLE_DEVICES": "4", "OMP_NUM_THREADS": "4"},
    )


@pytest.mark.parametrize(("gpus", "jobs"), [("0,", None), ("0,0", None), ("0", 2)])
def test_nonsense_about_gpus_is_refused(gpus, jobs):
    with pytest.raises(ConfigError, match="--gpus"):
        plan_slots(gpus, jobs)


def test_errors_are_one_line(sweeps):
    sweeps.write(list=[ONE], grid={"train.lr": [1]})
    result = sweeps.run()
    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()) == 1


def test_another_corpus_is_not_mixed_in(sweeps, tmp_path):
    from tests.toy import draw_corpus

    sweeps.write(list=[ONE])
    sweeps.run()
    sweeps.corpus = draw_corpus(tmp_path / "other", products=60)
    result = sweeps.run()
    assert result.exit_code == 1
    assert "on another corpus" in sweeps.record()["one"]["error"][0]


@pytest.mark.slow
def test_two_sweeps_do_not_work_in_one_folder(sweeps, monkeypatch):
    sweeps.write(list=[{"name": "slow", "set": {"train.checkpoint_minutes": 60}}])
    command = [sys.executable, "-m", "experiments.sweep", str(sweeps.file)]
    command += ["--corpus", str(sweeps.corpus), "--out", str(sweeps.out)]
    with subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.DEVNULL) as other:
        try:
            while not (sweeps.out / "sweep.json").is_file():
                assert other.poll() is None
                time.sleep(0.02)
            monkeypatch.setattr("experiments.sweep.__main__.PATIENCE_S", 0.1)
            result = sweeps.run()
        finally:
            other.terminate()
    assert result.exit_code == 1
    assert "Another sweep" in result.output


@pytest.mark.slow
def test_a_stop_is_told_and_the_same_command_goes_on(sweeps):
    sweeps.write(
        list=[{"name": "slow", "set": {"train.checkpoint_minutes": 0.05, "train.max_epochs": 40}}]
    )

    def stop_after_some_epochs():
        while not (sweeps.out / "slow" / "history.csv").is_file():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=stop_after_some_epochs)
    thread.start()
    stopped = sweeps.run()
    thread.join()

    assert stopped.exit_code == 130
    assert "The same command goes on from here" in stopped.stderr
    assert sweeps.states() == {"slow": "interrupted"}
    assert sweeps.run().exit_code == 0
    assert "from epoch 0" in sweeps.log("slow")
    assert sweeps.log("slow").count("from epoch 0") == 1
    assert sweeps.record()["slow"]["attempts"] == 2
