import pytest

from prodcat.decision.accuracies import (
    ACCURACIES,
    CHIEF_ACCURACIES,
    HEADLINE_ACCURACY,
    measure_at,
)
from prodcat.measures.measure import measure
from prodcat.measures.names import CHIEF, MEASURES, SELECTIVE


def test_whatever_is_measured_has_a_title():
    thresholds = dict.fromkeys(ACCURACIES, 0.5)
    measured = measure(
        [[0.9, 0.1]],
        [0],
        [("A",), ("B",)],
        thresholds=thresholds,
        path_thresholds=thresholds,
        bootstrap=2,
    )

    assert set(measured.intervals) == set(MEASURES)


def test_titles_and_meanings_name_the_accuracy():
    coverage = MEASURES["coverage_at_98"]
    assert coverage.title == "Coverage at 98 %"
    assert "are to be 98 % right" in coverage.meaning
    assert MEASURES["path_accuracy_at_95"].title == "Path reached at 95 %"


def test_each_coverage_names_what_it_came_with():
    for name, described in MEASURES.items():
        kind, at, accuracy = name.rpartition("_at_")
        if kind.endswith("coverage"):
            assert described.reached == f"{kind.removesuffix('coverage')}accuracy{at}{accuracy}"
            assert described.reached in MEASURES
        else:
            assert described.reached == ""


@pytest.mark.parametrize(
    ("measure", "on_screen", "on_card"),
    [
        ("accuracy", "accuracy", "leaf accuracy"),
        ("macro_f1", "macro-F1", "macro-F1"),
        ("coverage_at_95", "coverage at 95 %", "coverage at 95 %"),
        ("accuracy_at_95", "reached", "accuracy reached there"),
    ],
)
def test_a_measure_is_called_otherwise_where_there_is_little_room(measure, on_screen, on_card):
    assert MEASURES[measure].on_screen == on_screen
    assert MEASURES[measure].on_card == on_card


def test_the_chief_measures_put_what_was_reached_beside_each_coverage():
    assert CHIEF[:4] == ("accuracy", "macro_f1", "coverage_at_95", "accuracy_at_95")
    assert len(SELECTIVE) == 2 * len(CHIEF_ACCURACIES)
    assert measure_at("coverage", HEADLINE_ACCURACY) in SELECTIVE
