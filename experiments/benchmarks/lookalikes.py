r"""What products that look alike have in common, by what of their pictures is compared.

    python -m experiments.benchmarks.lookalikes runs/dresses --corpus build/fashion.db \
        --table fashion.parquet --out docs/reports/dresses

Reads the runs that the sweep experiments/dresses.yaml has made, in its order, and the table that
the corpus was imported from, which knows colour, season and usage. Writes a page with two charts;
with --sheets a page of pictures into each run.
"""

import argparse
import sys
from pathlib import Path

from experiments.baselines.nearest import EVERYWHERE, FILE
from experiments.benchmarks.alike.facts import read_facts
from experiments.benchmarks.alike.shares import read_neighbours
from experiments.benchmarks.alike.sheet import render_sheet
from experiments.benchmarks.alike.tables import (
    StudiedRun,
    Study,
    colour_within,
    lay_out,
    leaf_and_colour,
)
from experiments.benchmarks.section import show_sections
from experiments.sweep.plan import read_sweep
from prodcat.analyze.charts.svg import draw_svg
from prodcat.config import DataConfig
from prodcat.corpus.store import Corpus
from prodcat.data.labels import build_task
from prodcat.errors import ProdcatError, RunError
from prodcat.files import write_text, write_whole
from prodcat.runs.directory import RunDir

SWEEP = Path(__file__).resolve().parents[1] / "dresses.yaml"


def main() -> None:
    """Measure, print the tables, and write what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path, help="folder of the sweep's runs")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--table", type=Path, required=True, help="what the corpus was made of")
    parser.add_argument("--sweep", type=Path, default=SWEEP, help="its YAML, for the order")
    parser.add_argument("--side", choices=("val", "test"), default="test")
    parser.add_argument("--against", default="imagenet", help="the run to hold the others against")
    parser.add_argument("--out", type=Path, help="folder for README.md and its charts")
    parser.add_argument("--sheets", type=int, default=0, help="products on each page of pictures")
    options = parser.parse_args()
    try:
        names = [name for name, _ in read_sweep(options.sweep).drafts]
        with Corpus.open(options.corpus, read_only=True) as corpus:
            study = read_study(options.runs, names, corpus, options.table, options.side)
            if options.against not in [run.name for run in study.searching]:
                raise RunError(f"--against {options.against} is no run with neighbours.")
            sections = lay_out(study, against=options.against)
            if options.sheets:
                write_sheets(study, options.runs, corpus, options.sheets)
        about = [ABOUT.format(side=study.side), COMMANDS.format(against=options.against), CHOSEN]
        made = {run.name for run in study.runs}
        if absent := [f"`{name}`" for name in names if name not in made]:
            about.append(f"Not made, and so in no table: {', '.join(absent)}.")
        page = None
        if options.out:
            options.out.mkdir(parents=True, exist_ok=True)
            for chart in (leaf_and_colour(study), colour_within(study)):
                write_whole(options.out / f"{chart.name}.svg", draw_svg(chart))
                about.append(f"![{chart.title}]({chart.name}.svg)")
            page = options.out / "README.md"
        show_sections("Dresses that look alike", about, sections, page)
    except ProdcatError as error:
        sys.exit(f"Error: {error}")


def read_study(runs: Path, names: list[str], corpus: Corpus, table: Path, side: str) -> Study:
    """Read all runs of a sweep that are finished.

    Args:
        runs: The sweep's folder.
        names: Its runs, in order.
        corpus: What they learnt from.
        table: What the corpus was made of.
        side: Of the split, whose products were asked for.

    Raises:
        RunError: If no run has neighbours.
        InputError: If the table cannot be read, or is another's.
    """
    found = []
    for name in names:
        run = RunDir(runs / name)
        if run.finished:
            searched = (run.root / FILE).is_file()
            neighbours = read_neighbours(run.root) if searched else {}
            found.append(StudiedRun(name, run.read_metrics(), neighbours))
    if not any((EVERYWHERE, side) in run.neighbours for run in found):
        raise RunError(
            f"No finished run in {runs} has neighbours of {side} products. Make them with"
            " python -m experiments.sweep experiments/dresses.yaml."
        )
    task = build_task(corpus, DataConfig(), reads=False)
    training = [row.id for row in task.sides["train"].rows]
    return Study(found, read_facts(corpus, table), side, training)


def write_sheets(study: Study, runs: Path, corpus: Corpus, products: int) -> None:
    """Write a page of pictures into each run, for each category that was looked within."""
    for run in study.searching:
        for place, within in enumerate([EVERYWHERE, *study.categories]):
            ids = study.asked(within)
            # Spread over all of them, since neighbouring ids are of one delivery.
            shown = ids[:: max(1, len(ids) // products)][:products]
            title = f"{run.name}: {within or 'among all'}"
            text = render_sheet(
                title, run.neighbours[within, study.side], study.facts, corpus.images, shown
            )
            write_text(runs / run.name / f"neighbours-{place}.html", text)


ABOUT = (
    "For each {side} product of `fashion.parquet`, in the split of the data, the six training"
    " products whose pictures are nearest by the cosine of their features, and what they have in"
    " common with it. No near-duplicate of a {side} product is among the training products."
    " Features: `pixels` of 32 × 24 in grey, and in colour by their principal components"
    " (`pixels_pca`); a histogram of `colours`; a small network that was never trained"
    " (`random_cnn`); the same taught the shop's categories from scratch (`own_cnn`, which answers"
    " by itself as `cnn_scratch`); MobileNetV2 as ImageNet left it (`imagenet`); the bundled"
    " model's picture encoder, which is MobileNetV2 fine-tuned on these training products"
    " (`bundled`); and that laid beside the colours (`bundled_colours`). Intervals are of the"
    " bootstrap over products."
)
COMMANDS = r"""```bash
prodcat import fashion.parquet build/fashion.db \
    --category gender,master_category,sub_category,article_type
python -m experiments.sweep experiments/dresses.yaml --corpus build/fashion.db \
    --out runs/dresses --weights WEIGHTS
python -m experiments.benchmarks.lookalikes runs/dresses --corpus build/fashion.db \
    --table fashion.parquet --against {against} --out docs/reports/dresses
```"""
CHOSEN = (
    "Chosen on validation products: the size of the pixels and of the colours' pictures, the"
    " levels of a colour, the number of components, the size at which MobileNetV2 sees pictures,"
    " how much more the nearest count, and which features are joined;"
    " [`experiments/LOG.md`](../../../experiments/LOG.md) has those numbers and what follows."
    " [`experiments/dresses.yaml`](../../../experiments/dresses.yaml) has the settings. Pages with"
    " the pictures themselves are written into the runs with `--sheets 20`; products' pictures are"
    " not in this repository."
)


if __name__ == "__main__":
    main()
