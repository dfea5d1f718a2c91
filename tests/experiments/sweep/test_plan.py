"""From a sweep's file to the settings of its runs."""

from pathlib import Path

import pytest
import yaml

from experiments.sweep.jobs import Machine
from experiments.sweep.plan import read_sweep
from prodcat.config import config_from_dict
from prodcat.errors import ConfigError
from prodcat.settings import config_to_dict

BASE = {"train": {"lr": 0.5}}


@pytest.fixture
def write(tmp_path):
    def write(**data):
        file = tmp_path / "sweep.yaml"
        file.write_text(yaml.safe_dump(data, sort_keys=False))
        return file

    return write


def values(jobs, section, key):
    return [job.settings[section][key] for job in jobs]


def test_a_grid_is_each_combination_named_by_what_is_changed(write):
    file = write(base=BASE, grid={"train.lr": [0.1, 0.01], "model.fusion": ["concat", "gated"]})

    jobs = read_sweep(file).jobs(Machine())

    assert [(job.settings["train"]["lr"], job.settings["model"]["fusion"]) for job in jobs] == [
        (0.1, "concat"),
        (0.1, "gated"),
        (0.01, "concat"),
        (0.01, "gated"),
    ]
    assert [job.name for job in jobs] == [
        "lr=0.1,fusion=concat",
        "lr=0.1,fusion=gated",
        "lr=0.01,fusion=concat",
        "lr=0.01,fusion=gated",
    ]


def test_a_run_of_a_grid_has_all_settings(write):
    (job,) = read_sweep(write(grid={"train.lr": [0.1]})).jobs(Machine())
    assert job.settings == config_to_dict(config_from_dict({"train": {"lr": 0.1}}))


def test_a_grid_may_change_paths(write):
    (job,) = read_sweep(write(grid={"text.encoder": ["hub/Some Model"]})).jobs(Machine())
    assert job.name == "encoder=hub-Some-Model"


def test_a_grid_may_be_over_a_baseline(write):
    file = write(base={"baseline": {"kind": "tfidf_svc"}}, grid={"baseline.c": [1, 10]})
    jobs = read_sweep(file).jobs(Machine())
    assert values(jobs, "baseline", "c") == [1.0, 10.0]
    assert all(job.is_baseline for job in jobs)


def test_runs_of_a_list_change_the_base_or_have_a_file_of_their_own(write, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "own.yaml").write_text("train: {lr: 0.25}")
    changed = {"name": "changed", "set": {"train.batch_size": 8}}
    own = {"name": "own", "config": "other/own.yaml", "set": {"train.batch_size": 4}}

    jobs = read_sweep(write(base=BASE, list=[{"name": "base"}, changed, own])).jobs(Machine())

    assert [job.name for job in jobs] == ["base", "changed", "own"]
    assert values(jobs, "train", "lr") == [0.5, 0.5, 0.25]
    assert values(jobs, "train", "batch_size") == [64, 8, 4]


def test_the_base_may_be_a_file_beside_the_sweep(write, tmp_path):
    (tmp_path / "base.yaml").write_text("train: {lr: 0.25}")
    jobs = read_sweep(write(base="base.yaml", list=[{"name": "one"}])).jobs(Machine())
    assert values(jobs, "train", "lr") == [0.25]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({}, "none of them"),
        ({"list": [{"name": "a"}], "grid": {"train.lr": [1]}}, "list and grid"),
        ({"lists": []}, "unknown key 'lists'"),
        ({"list": []}, "expected runs"),
        ({"list": ["a"]}, "no name"),
        ({"list": [{"name": "a", "sets": {}}]}, "unknown key 'sets'"),
        ({"list": [{"name": "a", "set": ["train.lr=1"]}]}, "cannot be read"),
        ({"list": [{"name": "a"}, {"name": "a"}]}, "two runs of the name 'a'"),
        ({"list": [{"name": "../a"}]}, "cannot be the name"),
        ({"list": [{"name": "logs"}]}, "cannot be the name"),
        ({"list": [{"name": "a", "set": {"train.pacience": 1}}]}, "a: .*train.patience"),
        ({"list": [{"name": "a", "config": "gone.yaml"}]}, "gone.yaml"),
        ({"list": [{"name": "a", "set": {"train.lr.high": 1}}], "base": BASE}, "train.lr.high"),
        ({"base": 3, "list": [{"name": "a"}]}, "base is 3"),
        ({"grid": {}}, "grid is"),
        ({"grid": {"train.lr": 0.1}}, "expected a list of values"),
        ({"grid": {"train.lr": [0.1, -1]}}, "lr=-1: train.lr"),
        ({"grid": {"train.lr": [0.1, 0.1]}}, "two runs"),
    ],
)
def test_nonsense_is_refused_before_anything_runs(write, data, complaint):
    file = write(**data)
    with pytest.raises(ConfigError, match=complaint) as caught:
        read_sweep(file)
    assert str(file) in str(caught.value)


def test_a_run_needs_runs_that_stand_before_it(write, tmp_path):
    fusion = {"baseline": {"kind": "late_fusion", "runs": ["a", "b"]}}
    (tmp_path / "late.yaml").write_text(yaml.safe_dump(fusion))
    late, a, b = {"name": "late", "config": "late.yaml"}, {"name": "a"}, {"name": "b"}

    jobs = read_sweep(write(list=[a, b, late])).jobs(Machine())

    assert jobs[-1].needs == ("a", "b")
    with pytest.raises(ConfigError, match="needs the run b"):
        read_sweep(write(list=[a, late, b]))


@pytest.mark.parametrize(
    "form",
    [
        {"grid": {"train.lr": [0.1, 0.2]}},
        {"search": {"settings": {"train.lr": {"low": 0.1, "high": 0.2}}, "trials": 2}},
    ],
)
def test_what_a_sweep_varies_is_not_set_from_outside(write, form):
    sweep = read_sweep(write(**form))
    with pytest.raises(ConfigError, match="itself tries values"):
        sweep.jobs(Machine(["train.lr=1"]))


MIXED = [
    {"name": "both"},
    {"name": "text_only", "set": {"image.encoder": "none"}},
    {"name": "image_only", "set": {"text.encoder": "none"}},
    {
        "name": "scratch",
        "set": {"text.encoder": "none", "image.encoder": "small_cnn", "image.weights": "none"},
    },
    {"name": "svc", "config": "svc.yaml"},
]


@pytest.fixture
def mixed(write, tmp_path):
    (tmp_path / "svc.yaml").write_text("baseline: {kind: tfidf_svc}")
    return read_sweep(write(list=MIXED))


def jobs_of(sweep, *changes, weights=None):
    return {job.name: job.settings for job in sweep.jobs(Machine(changes, weights))}


def test_a_change_is_for_the_runs_that_have_its_section(mixed):
    jobs = jobs_of(mixed, "train.max_epochs=4", "data.min_products=9")
    assert {name: job["data"]["min_products"] for name, job in jobs.items()} == dict.fromkeys(
        jobs, 9
    )
    assert jobs["image_only"]["train"]["max_epochs"] == 4
    assert "train" not in jobs["svc"]


def test_a_change_of_an_encoder_is_not_for_runs_without_one(mixed):
    jobs = jobs_of(mixed, "text.encoder=/a/bert", "image.weights=/a/net.safetensors")
    assert jobs["both"]["text"]["encoder"] == jobs["text_only"]["text"]["encoder"] == "/a/bert"
    assert jobs["image_only"]["text"]["encoder"] == "none"
    assert jobs["text_only"]["image"]["encoder"] == "none"
    assert jobs["image_only"]["image"]["weights"] == "/a/net.safetensors"
    assert jobs["scratch"]["image"]["weights"] == "none"


def test_a_change_that_no_run_has_is_refused(mixed):
    with pytest.raises(ConfigError, match=r"no run of this sweep has the setting trian\.lr"):
        jobs_of(mixed, "trian.lr=1")
    with pytest.raises(ConfigError, match=r"train\.pacience"):
        jobs_of(mixed, "train.pacience=1")


@pytest.fixture
def weights(tmp_path):
    folder = tmp_path / "weights"
    (folder / "all-MiniLM-L6-v2").mkdir(parents=True)
    (folder / "mobilenet_v2_in1k.safetensors").touch()
    (folder / "mobilenet_v3_small_in1k.safetensors").touch()
    return folder


def test_pretrained_encoders_are_taken_from_a_folder(mixed, weights):
    jobs = jobs_of(mixed, weights=weights)
    local_text = str(weights / "all-MiniLM-L6-v2")
    local_image = str(weights / "mobilenet_v2_in1k.safetensors")
    assert jobs["both"]["text"]["encoder"] == jobs["text_only"]["text"]["encoder"] == local_text
    assert jobs["both"]["image"]["weights"] == local_image
    assert jobs["image_only"]["image"]["weights"] == local_image
    assert jobs["image_only"]["text"]["encoder"] == "none"
    assert jobs["scratch"]["image"]["weights"] == "none"


def test_what_is_named_by_itself_is_not_looked_for_in_the_folder(mixed, weights, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    jobs = jobs_of(mixed, f"text.encoder={own}", "image.weights=mine.safetensors", weights=weights)
    assert jobs["both"]["text"]["encoder"] == str(own)
    assert jobs["both"]["image"]["weights"] == "mine.safetensors"


def test_a_baseline_takes_its_network_from_the_folder_too(write, weights):
    nearest = {"kind": "nearest", "features": ["network", "colours"]}
    runs = {
        "there": {"baseline": nearest},
        "random": {"baseline": {**nearest, "encoder": "small_cnn", "weights": "none"}},
        "colours": {"baseline": {**nearest, "features": ["colours"]}},
    }
    file = write(base={}, list=[{"name": name, "set": run} for name, run in runs.items()])
    jobs = jobs_of(read_sweep(file), weights=weights)
    assert {name: job["baseline"]["weights"] for name, job in jobs.items()} == {
        "there": str(weights / "mobilenet_v2_in1k.safetensors"),
        "random": "none",
        "colours": "torchvision",
    }
    (weights / "mobilenet_v2_in1k.safetensors").unlink()
    with pytest.raises(ConfigError, match=r"there: baseline.encoder is mobilenet_v2.*--set"):
        jobs_of(read_sweep(file), weights=weights)


@pytest.mark.parametrize("gone", ["all-MiniLM-L6-v2", "mobilenet_v2_in1k.safetensors"])
def test_an_encoder_that_is_not_in_the_folder_is_told_before_anything_runs(mixed, weights, gone):
    file = weights / gone
    file.rmdir() if file.is_dir() else file.unlink()
    with pytest.raises(ConfigError, match=r"both: .*--set"):
        jobs_of(mixed, weights=weights)


@pytest.mark.slow
def test_networks_of_ours_are_those_without_pretrained_weights():
    from experiments.sweep.jobs import OWN_NETWORKS
    from prodcat.network.image_encoder import FROM_SCRATCH

    assert set(OWN_NETWORKS) == set(FROM_SCRATCH)


def test_the_same_settings_have_the_same_fingerprint_however_they_are_written(write):
    one = read_sweep(write(base={"train": {"lr": 1e-3}}, list=[{"name": "a"}])).jobs(Machine())
    two = read_sweep(write(list=[{"name": "b", "set": {"train.lr": "1e-3"}}])).jobs(Machine())
    other = read_sweep(write(base={"train": {"lr": 2e-3}}, list=[{"name": "a"}])).jobs(Machine())
    assert one[0].fingerprint == two[0].fingerprint != other[0].fingerprint


def test_a_folder_with_two_weights_for_one_network_is_not_guessed_about(mixed, weights: Path):
    (weights / "mobilenet_v2_other.safetensors").touch()
    with pytest.raises(ConfigError, match="has 2 files"):
        jobs_of(mixed, weights=weights)
