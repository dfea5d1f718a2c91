from statistics import mean, stdev

import pytest

from prodcat.analyze.findings.seeds import group_by_seed, spread_over_seeds
from prodcat.measures.interval import Interval
from prodcat.runs.reading import read_runs
from tests.analyze.run_files import write_run


def test_runs_that_differ_in_their_seed_alone_are_a_group(tmp_path):
    for name, lr, seed in (("a", 1, 0), ("b", 1, 1), ("c", 2, 2), ("d", 2, 3), ("e", 3, 0)):
        config = {"train": {"lr": lr, "seed": seed}, "data": {"seed": 0}}
        write_run(tmp_path / name, config=config)
    write_run(tmp_path / "f", config={"train": {"lr": 1, "seed": 2}, "data": {"seed": 1}})
    config = {"train": {"lr": 1, "seed": 2}, "data": {"seed": 0}}
    write_run(tmp_path / "g", config=config, fingerprint="f" * 16)
    runs, _ = read_runs([tmp_path])

    assert group_by_seed(runs) == [("a", "b"), ("c", "d")]


def test_the_spread_is_that_of_a_sample():
    values = [0.5, 0.75, 0.875]
    measures = {str(i): {"accuracy": Interval(v), "f1": Interval()} for i, v in enumerate(values)}

    group = spread_over_seeds(["0", "1", "2"], measures)

    assert list(group.measures) == ["accuracy"]
    found = group.measures["accuracy"]
    assert (found.mean, found.sd, found.n) == (mean(values), pytest.approx(stdev(values)), 3)
