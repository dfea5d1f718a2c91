r"""How many labels it takes until most products can be let through unseen, by what is asked about.

    python -m experiments.active_learning fashion.parquet --name name.npy --description desc.npy \
        --seed 0 --seed 1 --seed 2 --out docs/reports/active-learning

Nothing is labelled in the beginning. Training products are asked about in rounds, each with a
linear head on the vectors of frozen encoders, learnt anew; validation and test products are never
asked about, and measure. The curve goes into `curve.csv` point by point: killed, it goes on.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from experiments.active.curve import Point, follow, labels_at, read_curve, write_curve
from experiments.active.pool import read_pool
from experiments.active.strategies import STRATEGIES
from experiments.benchmarks.section import Section, show_sections
from prodcat.analyze.charts.chart import Axis, Chart, Series
from prodcat.analyze.charts.svg import draw_svg
from prodcat.files import write_whole
from prodcat.review.forecast import forecast_labels

MEASURES = {
    "coverage": "Plain coverage",
    "guaranteed": "Guaranteed coverage",
}


def main() -> None:
    """Follow each curve that is missing, then write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path)
    parser.add_argument("--name", type=Path, required=True, help="vectors of the names, .npy")
    parser.add_argument("--description", type=Path, required=True, help="of the descriptions")
    parser.add_argument("--seed", action="append", type=int, dest="seeds")
    parser.add_argument("--strategy", action="append", choices=STRATEGIES, dest="strategies")
    parser.add_argument("--first", type=int, default=250, help="labels of the first round")
    parser.add_argument("--growth", type=float, default=1.3, help="of labels from round to round")
    parser.add_argument("--most", type=int, default=22_000, help="labels at which a curve ends")
    parser.add_argument("--accuracy", type=float, default=0.98)
    parser.add_argument("--goal", type=float, default=0.8, help="coverage that is wanted")
    parser.add_argument("--out", type=Path, required=True, help="folder of the curve and the page")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / "curve.csv"
    points = read_curve(file) if file.is_file() else []
    pool = read_pool(options.table, options.name, options.description)
    rounds = list(rounds_to(options.first, options.growth, options.most))
    for seed in options.seeds or [0]:
        for strategy in options.strategies or STRATEGIES:
            if any((p.strategy, p.seed) == (strategy, seed) for p in points):
                continue
            curve = []
            for point in follow(
                pool,
                strategy,
                seed,
                points=rounds,
                accuracy=options.accuracy,
                goal=options.goal,
            ):
                print(point, flush=True)
                curve.append(point)
            points += curve
            # Whole curves alone, so that one that was cut short is followed anew.
            write_curve(points, file)
    write_page(points, options.accuracy, options.goal, options.out)


def rounds_to(first: int, growth: float, most: int) -> Iterator[int]:
    """Yield how many labels there are after each round.

    >>> list(rounds_to(100, 2.0, 500))
    [100, 200, 400, 500]
    """
    labels = float(first)
    while labels < most:
        yield round(labels)
        labels *= growth
    yield most


def curves_of(points: Sequence[Point]) -> dict[tuple[str, int], list[Point]]:
    """Return the points of each strategy and seed."""
    curves: dict[tuple[str, int], list[Point]] = {}
    for point in points:
        curves.setdefault((point.strategy, point.seed), []).append(point)
    return curves


def write_page(points: Sequence[Point], accuracy: float, goal: float, folder: Path) -> None:
    """Print the tables, and write them with the charts."""
    charts = []
    for measure, title in MEASURES.items():
        chart = draw(points, measure, f"{title} at {accuracy:.0%}, by labels", goal)
        write_whole(folder / f"{measure}.svg", draw_svg(chart))
        charts.append(f"![{chart.title}]({measure}.svg)")
    about = [
        f"Labels until {goal:.0%} of the products can be answered at an accuracy of {accuracy:.0%},"
        " starting with none; between two rounds by the logarithm of labels. Plain: the largest"
        " share of the validation and test products, the surest first, that is right so often."
        " Guaranteed: the share of the test products that is answered with the threshold that the"
        " validation products prove; their labels are not counted."
        " `python -m experiments.active_learning` made this page from `curve.csv`.",
        *charts,
    ]
    show_sections(
        "Which products to label first",
        about,
        [*(needed(points, goal, measure) for measure in MEASURES), forecasts(points, goal)],
        folder / "README.md",
    )


def needed(points: Sequence[Point], goal: float, measure: str) -> Section:
    """Say how many labels each strategy takes, and how many of those that chance takes."""
    curves = curves_of(points)
    seeds = sorted({seed for _, seed in curves})
    taken = {key: labels_at(curve, goal, measure) for key, curve in curves.items()}
    rows = []
    for strategy in STRATEGIES:
        found = [taken.get((strategy, seed)) for seed in seeds]
        shares = [
            mine / chance
            for mine, chance in zip(found, (taken.get(("random", s)) for s in seeds), strict=True)
            if mine is not None and chance is not None
        ]
        cells = ["–" if labels is None else f"{labels:,.0f}" for labels in found]
        mean = f"{np.mean(shares):.2f}" if shares else "–"
        worst = f"{max(shares):.2f}" if shares else "–"
        rows.append([strategy, *cells, mean, worst])
    headings = ("labels", *(f"seed {seed}" for seed in seeds), "of random, mean", "worst")
    return Section(MEASURES[measure], "", headings, rows)


def forecasts(points: Sequence[Point], goal: float) -> Section:
    """Hold what would have been forecast along each curve against what it took."""
    rows = []
    for (strategy, seed), curve in curves_of(points).items():
        took = labels_at(curve, goal, "coverage")
        if took is None:
            continue
        told = held = 0
        for end in range(1, len(curve)):
            now = curve[:end]
            if now[-1].labels >= took:
                break
            forecast = forecast_labels([p.labels for p in now], [p.coverage for p in now], goal)
            if forecast.more is None or forecast.low is None:
                continue
            more = took - now[-1].labels
            told += 1
            held += forecast.low <= more <= (forecast.high or np.inf)
        rows.append([strategy, str(seed), f"{took:,.0f}", str(told), str(held)])
    return Section(
        "Forecasts along the way",
        "Of the rounds before the goal (plain coverage): how often `forecast_labels` told a"
        " number, and how often its 90 % interval held what it took.",
        ("strategy", "seed", "took", "told", "held"),
        rows,
    )


def draw(points: Sequence[Point], measure: str, title: str, goal: float) -> Chart:
    """Draw the curves, a colour for each strategy."""
    series = tuple(
        Series(
            name=f"{strategy}, seed {seed}",
            x=tuple(float(p.labels) for p in curve),
            y=tuple(float(getattr(p, measure)) for p in curve),
            colour=list(STRATEGIES).index(strategy),
            legend=strategy,
        )
        for (strategy, seed), curve in curves_of(points).items()
    )
    return Chart(
        measure,
        title,
        Axis("labels", "count", log=True),
        Axis("share of products", "share", low=0.0, high=1.0),
        series,
        guides=(goal,),
    )


if __name__ == "__main__":
    main()
