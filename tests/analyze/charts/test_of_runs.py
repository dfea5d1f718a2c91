"""Charts of a report hold the report's numbers, in its order and with its N."""

from dataclasses import replace

import pytest

from prodcat.analyze.charts.of_one_run import (
    category_chart,
    learning_charts,
    matrix_chart,
    reliability_chart,
    short_path,
)
from prodcat.analyze.charts.of_runs import (
    class_size_chart,
    coverage_chart,
    difference_chart,
    measure_chart,
    parts_chart,
    progress_chart,
)
from prodcat.analyze.findings.summary import (
    ClassSize,
    CoverageCurve,
    Reliability,
    ReliabilityBin,
    ThresholdPoint,
)
from prodcat.decision.accuracies import ACCURACIES
from prodcat.measures.interval import Interval
from prodcat.measures.measure import SetMeasures
from prodcat.runs.history import History
from prodcat.runs.records import Selection
from tests.analyze.summaries import draw_summary


@pytest.fixture
def summary():
    return draw_summary(runs=3, n=60)


def with_runs(summary, **changes):
    """The same report with fields of every run changed."""
    return replace(summary, runs=tuple(replace(run, **changes) for run in summary.runs))


def test_a_measure_is_shown_with_its_interval(summary):
    summary = with_runs(summary, measures={"accuracy": Interval(0.9, 0.88, 0.93)})
    chart = measure_chart(summary, "accuracy")
    first = chart.series[0]
    assert (first.y, first.low, first.high) == ((0.9,), (0.88,), (0.93,))
    assert chart.x.names[1:] == ("run-1", "run-2")
    assert "N = 60" in chart.note


def test_a_run_without_the_measure_is_left_out_and_the_others_keep_their_colours(summary):
    runs = (replace(summary.runs[0], measures={}), *summary.runs[1:])
    chart = measure_chart(replace(summary, runs=runs), "accuracy")
    assert [series.colour for series in chart.series] == [1, 2]


def test_a_measure_that_no_run_has_makes_no_chart(summary):
    assert measure_chart(with_runs(summary, measures={}), "accuracy") is None


def test_coverage_marks_the_thresholds_that_answered_something(summary):
    curve = CoverageCurve(
        10,
        (0.1, 0.5, 1.0),
        (1.0, 0.98, 0.93),
        (ThresholdPoint(0.95, 0.8, 0.96), ThresholdPoint(0.98, 0.0, None)),
    )
    one = replace(summary, runs=summary.runs[:1])
    chart = coverage_chart(with_runs(one, curves={"leaf": curve}), "leaf")
    line, marks = chart.series
    assert (line.x, line.y) == (curve.coverage, curve.accuracy)
    assert (marks.x, marks.y) == ((0.8,), (0.96,))
    assert chart.guides == ACCURACIES
    assert chart.y.low == pytest.approx(0.9)


def test_the_noise_of_the_first_products_does_not_stretch_the_axis(summary):
    curve = CoverageCurve(100, (0.01, 0.5, 1.0), (0.0, 0.98, 0.93), ())
    chart = coverage_chart(with_runs(summary, curves={"leaf": curve}), "leaf")
    assert chart.y.low == pytest.approx(0.9)


def test_no_curve_makes_no_chart(summary):
    assert coverage_chart(with_runs(summary, curves={}), "leaf") is None


def test_progress_shows_only_runs_with_epochs(summary):
    assert [series.legend for series in progress_chart(summary).series][1:] == ["run-1"]
    assert progress_chart(with_runs(summary, history=History())) is None


def test_learning_shows_training_beside_validation_and_passes_over_gaps(summary):
    history = History((1, 2, 3), {"train_loss": (0.9, None, 0.5), "val_loss": (1.0, 0.8, 0.7)})
    (loss,) = learning_charts(replace(summary.runs[0], history=history))
    training, validation = loss.series
    assert (training.x, training.y) == ((1.0, 3.0), (0.9, 0.5))
    assert (validation.x, validation.y) == ((1.0, 2.0, 3.0), (1.0, 0.8, 0.7))
    assert loss.note == "Epoch 3 was kept."


def test_reliability_holds_confidence_against_accuracy(summary):
    bins = (ReliabilityBin(5, 0.63, 0.6, 0.41, 0.8), ReliabilityBin(5, 0.9, 1.0, 0.7, 1.0))
    chart = reliability_chart(replace(summary.runs[0], reliability=Reliability(after=bins)))
    (after,) = chart.series
    assert (after.x, after.y, after.low) == ((0.63, 0.9), (0.6, 1.0), (0.41, 0.7))
    assert chart.diagonal
    assert chart.x.low == pytest.approx(0.4)


def test_class_sizes_stand_in_order_and_without_those_that_have_no_product(summary):
    sizes = (
        ClassSize(300, None, 2, 50, Interval(0.9)),
        ClassSize(3, 9, 4, 7, Interval(0.5)),
        ClassSize(10, 29, 1, 0, Interval()),
    )
    chart = class_size_chart(with_runs(summary, class_sizes=sizes))
    assert chart.x.names == ("3–9\nN = 7", "300+\nN = 50")
    assert chart.series[0].y == (0.5, 0.9)
    assert class_size_chart(with_runs(summary, class_sizes=())) is None


def test_runs_stand_side_by_side_around_their_place(summary):
    chart = class_size_chart(summary)
    first = [series.x[0] for series in chart.series]
    assert first == sorted(set(first))
    assert sum(first) == pytest.approx(0)
    assert max(first) < 0.5


def test_parts_show_a_gap_where_a_run_does_not_read_them(summary):
    few = (Selection("everything", SetMeasures(9, intervals={"accuracy": Interval(0.9)})),)
    runs = (replace(summary.runs[0], selections=few), *summary.runs[1:])
    chart = parts_chart(replace(summary, runs=runs))
    assert chart.x.names == ("everything", "name only", "image only", "no image")
    assert [len(series.x) for series in chart.series] == [1, 4, 4]
    assert parts_chart(summary, measure="macro_f1") is None


def test_categories_with_most_wrong_products_come_first(summary):
    run = summary.runs[0]
    chart = category_chart(run)
    harmful = [row for row in run.categories if row.harm][:20]
    assert chart.series[0].y == tuple(row.f1 for row in harmful)
    assert chart.x.names[0] == short_path(harmful[0].path)


def test_a_matrix_knows_where_its_groups_end(summary):
    chart = matrix_chart(summary.runs[0], "leaf")
    assert chart.bounds == (("Top A", 0, 6), ("Top B", 6, 12), ("Top C", 12, 18))
    assert sum(n for _, _, n in chart.cells) == 60
    assert matrix_chart(replace(summary.runs[0], matrices={}), "leaf") is None


def test_a_difference_that_is_not_significant_is_grey(summary):
    near, far = summary.comparisons[0], summary.comparisons[1]
    assert {series.colour for series in difference_chart(near).series} == {7}
    assert {series.colour for series in difference_chart(far).series} == {2}
