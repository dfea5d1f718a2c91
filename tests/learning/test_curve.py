"""The curve of learnings: as a file that anybody may have written, as a sentence, as a chart."""

import pytest

from prodcat.errors import InputError
from prodcat.learning.curve import (
    FILE,
    Point,
    check_goal,
    draw_curve,
    outlook,
    read_curve,
    write_curve,
)

POINTS = tuple(Point(n, n // 2, share) for n, share in ((100, 0.25), (200, 0.5), (400, 0.625)))


def test_what_was_written_is_read(tmp_path):
    write_curve(POINTS, tmp_path)
    assert read_curve(tmp_path) == POINTS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "labels,decided\n1,0\n",
        "labels,decided,coverage\n1,0\n",
        "labels,decided,coverage\nmany,0,0.5\n",
        "labels,decided,coverage\n10,11,0.5\n",
        "labels,decided,coverage\n10,0,nan\n",
        "labels,decided,coverage\n10,0,1.5\n",
        f"labels,decided,coverage\n{10**400},0,0.5\n",
        f"labels,decided,coverage\n{'9' * 5000},0,0.5\n",
        'labels,decided,coverage\n"' + "x" * 200_000 + '",0,0.5\n',
        "\ud800",
    ],
)
def test_what_is_no_curve_is_none(tmp_path, text):
    (tmp_path / FILE).write_text(text, encoding="utf-8", errors="surrogatepass")
    assert read_curve(tmp_path) == ()


def test_without_a_file_there_is_none(tmp_path):
    assert read_curve(tmp_path) == ()


def test_five_points_tell_how_many_more_it_takes():
    curve = [Point(n, 0, share) for n, share in ((100, 0.2), (200, 0.3), (400, 0.42))]
    assert "cannot be told yet: there are 3 points, and 5 are needed" in outlook(curve, 0.8)
    curve += [Point(800, 0, 0.55), Point(1600, 0, 0.67)]
    told = outlook(curve, 0.8)
    assert told.startswith(
        "With 1,600 labels of training products 67.0 % can be answered at an accuracy of 98 %. To"
        " 80 %: about "
    )
    assert outlook(curve, 0.6).endswith("To 60 %: the goal is reached.")


@pytest.mark.parametrize("goal", [0.0, 1.0, -1.0, 80.0, float("nan")])
def test_a_goal_is_a_share(goal):
    with pytest.raises(InputError, match="such as 0"):
        check_goal(goal)


def test_the_chart_has_all_points_and_the_goal():
    chart = draw_curve(POINTS, 0.9)
    assert chart.series[0].x == (100, 200, 400)
    assert chart.series[0].y == (0.25, 0.5, 0.625)
    assert chart.guides == (0.9,)
