import pytest

from experiments.benchmarks.answering import bulk_cases
from experiments.benchmarks.answering.bare_forward import Way
from experiments.benchmarks.answering.contestants import TITLES
from experiments.benchmarks.answering.stages import STAGES, WHOLE, stages_section, time_stages
from experiments.benchmarks.bulk import (
    bare_ways,
    promised_rows,
    rate_section,
    ratios,
    take_rounds,
    ways_section,
)
from prodcat.wording import ABSENT


def result(rows, seconds, peak_mb=None):
    return {"rows": rows, "seconds": seconds, "peak_mb": peak_mb}


FACTS = {
    "way": "one",
    "ways": {"one": 1000.0, "other": 900.0},
    "runs": {
        "prodcat 100": [result(100, 0.125, 200), result(100, 0.1, 210), result(100, 0.1, 220)],
        "prodcat 1000": [result(1000, 2.0, 231), None, None],
        "bare": [result(100, 0.1), result(100, 0.1), result(100, 0.05)],
        "hand": [result(10, 0.1, 900)] * 3,
    },
}


def test_rates_are_compared_within_a_round():
    runs = FACTS["runs"]
    assert ratios(runs["prodcat 100"], runs["bare"]) == pytest.approx([0.8, 1.0, 0.5])
    assert ratios(runs["prodcat 1000"], runs["bare"]) == [0.5]


def test_the_table_tells_medians_shares_and_memory():
    rows = rate_section(FACTS).rows
    assert rows[0][1:] == ["100", "3", "1,000", "0.800 (0.500–1.000)", "210 MB"]
    assert rows[1][1:] == ["1,000", "1", "500", "0.500 (0.500–0.500)", "231 MB"]
    assert rows[2][0] == TITLES["bare"]
    assert rows[2][-1] == ABSENT


def test_promises_stand_beside_what_was_measured():
    found = [row[1:] for row in promised_rows(FACTS)]
    assert found == [["0.800", "≥ 0.85"], ["0.500", "≥ 0.85"], ["5.0", "≥ 8"], ["1.10", "≤ 1.10"]]


def test_the_ways_of_the_bare_forward_are_shown():
    assert ways_section(FACTS).rows == [["one", "1,000"], ["other", "900"]]
    assert [way.threads for way in bare_ways(2, 4096).values()] == [1, 1, 2, 2]
    assert len(bare_ways(1, 256)) == 1


def test_a_long_table_runs_once(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "experiments.benchmarks.bulk.run_apart",
        lambda function, setup, **told: asked.append(told["rows"]) or result(told["rows"], 1.0),
    )
    calls = {
        "prodcat 300000": ("run_prodcat", {"rows": 300_000}),
        "bare": ("run_bare", {"rows": 5}),
    }
    runs = take_rounds(None, calls, rounds=3)
    assert sorted(asked) == [5, 5, 5, 300_000]
    assert runs["prodcat 300000"][1:] == [None, None]


def test_the_bare_forward_goes_over_its_tensors_until_the_rows_are_done(setup, products_file):
    found = bulk_cases.run_bare(
        vars(setup), str(products_file), rows=50, way=vars(Way()), ready_rows=20
    )
    assert found["rows"] == 60


def test_others_answer_the_rows_of_the_file(setup, products_file):
    found = bulk_cases.run_other(vars(setup), str(products_file), rows=10, kind="linear")
    assert found["rows"] == 10


def test_prodcat_categorizes_the_file(setup, products_file, tmp_path):
    file = tmp_path / "products.parquet"
    file.write_bytes(products_file.read_bytes())
    found = bulk_cases.run_prodcat(vars(setup), str(file), rows=24)
    assert found["seconds"] > 0
    assert [path.name for path in tmp_path.iterdir()] == ["products.parquet"]


def test_every_stage_is_timed(setup, products_file, tmp_path, monkeypatch):
    monkeypatch.delattr("os.sched_setaffinity", raising=False)  # the tests keep their cores
    file = tmp_path / "stages.parquet"
    file.write_bytes(products_file.read_bytes())
    found = time_stages(vars(setup), str(file), rows=24, rounds=1)
    assert list(found["wall"]) == list(found["cpu"]) == list(STAGES)
    assert all(seconds[0] > 0 for seconds in found["wall"].values())


def test_stages_are_shares_of_their_sum():
    seconds = {name: [0.001, 0.002, 0.003] for name in STAGES} | {WHOLE: [0.036]}
    rows = {
        row[0]: row[2:]
        for row in stages_section({"rows": 10, "wall": seconds, "cpu": seconds}).rows
    }
    assert rows["read"] == ["200.0", "200.0", "11.1 %"]
    assert rows["sum"] == ["1,800.0", "1,800.0", "100.0 %"]
    assert rows[WHOLE] == ["3,600.0", "3,600.0", "200.0 %"]
