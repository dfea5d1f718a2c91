import pytest

from experiments.benchmarks.answering.bare_forward import BareForward
from experiments.benchmarks.answering.cases import ALL_PARTS, read_products
from experiments.benchmarks.answering.contestants import CONTESTANTS, TITLES
from experiments.benchmarks.latency import (
    bare_ways,
    cold_codes,
    cold_section,
    percentiles,
    promised_rows,
    take_products,
    warm_section,
)
from experiments.benchmarks.startup import BASE, take_turns

WARM = {
    "bare, everything": [0.01] * 3,
    "prodcat, everything": [0.010, 0.012, 0.014],
    "bare, no picture": [0.004] * 3,
    "prodcat, no picture": [0.006] * 3,
    "linear, name": [0.001] * 3,
    "bare, name": [0.002] * 3,
}
COLD = {BASE: [0.01, 0.02, 0.03], "prodcat": [0.5, 0.4, 0.6]}
FACTS = {"warm": WARM, "cold": COLD, "way": "1 x 1 threads", "ways": {"1 x 1 threads": []}}


def test_percentiles_lie_between_the_nearest_two():
    assert percentiles([1.0, 2.0]) == pytest.approx((1.5, 1.95, 1.99))


def test_medians_are_compared_with_the_bare_forward_of_the_same_parts():
    rows = {tuple(row[:2]): row[2:] for row in warm_section(FACTS).rows}
    assert rows["prodcat", "everything"][0] == "12.00 ms"
    assert rows["prodcat", "everything"][-1] == "1.20"
    assert rows["prodcat", "no picture"][-1] == "1.50"
    assert rows[TITLES["linear"], "name"][-1] == "0.50"


def test_who_did_not_run_is_left_out():
    assert len(warm_section(FACTS).rows) == len(WARM)


def test_promises_stand_beside_what_was_measured():
    first, second, third, fourth = promised_rows(FACTS)
    assert first[1:] == ["1.20", "≤ 1.25"]
    assert second[1:] == ["1.16", "< 3"]  # 13.96 ms of 12
    assert third[1] == "1.50"
    assert fourth[1:] == ["480 ms", "< 1,500 ms"]


def test_fresh_processes_are_compared_with_python_alone():
    section = cold_section(COLD)
    assert section.rows[1] == ["prodcat", "500 ms", "400 ms", "600 ms", "480 ms"]


def test_every_contestant_answers_every_product_but_those_to_warm_up(setup, products_file):
    bare, ours = BareForward(setup), CONTESTANTS["prodcat"](setup)
    cases = {"bare": (bare, ALL_PARTS), "prodcat": (ours, ALL_PARTS), "name": (ours, ("name",))}
    times = take_products(cases, list(read_products(products_file, 5)), pause_s=0)
    assert {name: len(seconds) for name, seconds in times.items()} == dict.fromkeys(cases, 5)
    assert all(second > 0 for seconds in times.values() for second in seconds)


def test_one_thread_leaves_one_way():
    assert (len(bare_ways(1)), len(bare_ways(2))) == (1, 3)


@pytest.mark.slow
def test_fresh_processes_answer(torch_setup):
    codes = cold_codes(torch_setup)
    whole = [title for kind, title in TITLES.items() if not kind.startswith("bare")]
    assert list(codes) == [BASE, *whole]
    some = {name: codes[name] for name in (BASE, TITLES["prodcat"])}
    assert all(len(seconds) == 1 for seconds in take_turns(some, runs=1).values())
