"""Whether explanations name what an answer hangs on, and how long they take.

    python -m experiments.benchmarks.explain --markdown docs/reports/explain.md

Over products of one split that have a name, a description and a picture. Words: the three that
an explanation names are taken out of the product, and three at random, and the model is asked
again; they are taken out wherever they stand, as far as the model reads. Picture: of the picture
alone, the fifth that is named is masked, and random fifths. Time: of one thread, in turns with
the answer to the same product, all products one after the other in several rounds; of each
product the least time counts, the nearest to that on a machine that does nothing else.
"""

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# Before the tokenizer is loaded, whose own threads would share the work.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np

from experiments.benchmarks.answering.cases import ALL_PARTS, find_data
from experiments.benchmarks.answering.options import processor, write_json
from experiments.benchmarks.explaining.faithful import (
    PictureTrial,
    WordTrial,
    ratio_with_interval,
    try_picture,
    try_words,
)
from experiments.benchmarks.section import Section, show_sections
from prodcat.errors import InputError, ProdcatError
from prodcat.inference.predictor import Predictor
from prodcat.product import Product

LIMIT_MS = 150
WARM_UP = 3
GIVEN = {"everything": ALL_PARTS, "name and description": ("name", "description")}


def main() -> None:
    """Explain, judge, print the tables, and write them if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", help="a model directory; the bundled one if not given")
    parser.add_argument("--data", type=Path, help="Parquet file; fashion.parquet if not given")
    parser.add_argument("--split", default="test", help="value of the column split")
    parser.add_argument("--products", type=int, default=300)
    parser.add_argument("--timed", type=int, default=150, help="of them, products that are timed")
    parser.add_argument("--rounds", type=int, default=4, help="times that each of these is timed")
    parser.add_argument("--json", type=Path, help="where to write all that was measured")
    parser.add_argument("--markdown", type=Path, help="where to write the tables as a page")
    options = parser.parse_args()
    try:
        facts = measure(options)
    except ProdcatError as error:
        sys.exit(f"Error: {error}")
    write_json(options.json, facts)
    show_sections("Why this answer: is it true?", about(facts), lay_out(facts), options.markdown)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return what became of each product."""
    data = find_data(options.data)
    products = draw_products(data, options.split, options.products)
    predictor = Predictor.load(options.model, threads=1)
    predictor.open()
    rng, np_rng = random.Random(0), np.random.default_rng(0)
    words = {given: WordTrial() for given in GIVEN}
    pictures = PictureTrial()
    for product in products:
        for given, parts in GIVEN.items():
            shown = Product(**{part: getattr(product, part) for part in parts})
            why = predictor.explain(*(getattr(shown, part) for part in ALL_PARTS))
            try_words(predictor, shown, why, words[given], rng)
        why = predictor.explain(image=product.image)
        try_picture(predictor, why, pictures, np_rng)
    return {
        "data": data.name,
        "split": options.split,
        "products": len(products),
        "model": predictor.model.name,
        "fingerprint": predictor.model.fingerprint[:12],
        "processor": processor(),
        "times": time_all(predictor, products[: options.timed], options.rounds),
        "words": {g: _plain(trial.changed) for g, trial in words.items()},
        "pictures": _plain(pictures.fall),
        "probability": statistics.mean(pictures.before),
    }


def draw_products(file: Path, split: str, count: int) -> list[Product]:
    """Draw complete products of a split, with seed 0.

    Raises:
        InputError: If it has none.
    """
    import pyarrow.parquet as pq

    rows = pq.read_table(
        file, columns=list(ALL_PARTS), filters=[("split", "==", split)]
    ).to_pylist()
    rows = [row for row in rows if all(row.values())]
    if not rows:
        raise InputError(f"{file} has no complete product of the split {split!r}.")
    random.Random(0).shuffle(rows)
    return [Product(**row) for row in rows[:count]]


def time_all(
    predictor: Predictor, products: Sequence[Product], rounds: int
) -> list[tuple[float, ...]]:
    """Return, of each product, the least seconds of `timed`."""
    for product in products[:WARM_UP]:
        timed(predictor, product)
    taken = [[timed(predictor, product) for product in products] for _ in range(rounds)]
    return [tuple(map(min, zip(*runs, strict=True))) for runs in zip(*taken, strict=True)]


def timed(predictor: Predictor, product: Product) -> tuple[float, float, float]:
    """Return the seconds of an explanation, processor and clock, and the answer's, processor."""
    parts = (product.name, product.description, product.image)
    start = time.process_time()
    predictor.predict(*parts)
    before, clock = time.process_time(), time.perf_counter()
    predictor.explain(*parts)
    return time.process_time() - before, time.perf_counter() - clock, before - start


def _plain(table: Mapping[tuple[str, str], list[float]]) -> list[dict[str, Any]]:
    return [{"how": how, "choice": choice, "values": v} for (how, choice), v in table.items()]


def about(facts: Mapping[str, Any]) -> list[str]:
    """Say of what these are the numbers."""
    return [
        f"`python -m experiments.benchmarks.explain` made this page: {facts['products']:,} products"
        f" of the split {facts['split']} of {facts['data']}, drawn with seed 0 from those with a"
        f" name, a description and a picture; model {facts['model']} ({facts['fingerprint']}),"
        f" {facts['processor']}, one thread. In brackets 95 % bootstrap intervals over the"
        " products. Settings of the explanation were chosen on the split val.",
        "A change is one of the best leaf, whether it is sure enough or not. Words are judged by"
        " taking them out, as explanations do, which may flatter them, and by putting a word that"
        " says nothing in their place, which they do not. Pictures are judged by masks of two"
        " fills that explanations do not use; the third, which they do, is shown beside.",
    ]


def lay_out(facts: Mapping[str, Any]) -> list[Section]:
    """Return the tables."""
    return [*word_sections(facts), picture_section(facts), time_section(facts["times"])]


def word_sections(facts: Mapping[str, Any]) -> list[Section]:
    """Return how often answers change without words."""
    return [
        Section(
            f"Three words taken out: {given}",
            "How often the best leaf changes. Random words are drawn five times for each product"
            " from those that the model reads; then from those of the name.",
            ("how", "words", "changes", "named: times as often"),
            _rows(table, lambda value: f"{100 * value:.1f} %"),
        )
        for given, table in facts["words"].items()
    ]


def picture_section(facts: Mapping[str, Any]) -> Section:
    """Return by how much masks lower the answer."""
    return Section(
        "A fifth of the picture masked: the picture alone",
        "By how much the calibrated probability of the best leaf falls, which is"
        f" {facts['probability']:.3f} on average before. Random masks are drawn five times for"
        " each product.",
        ("filled with", "fifth", "falls by", "named: times as much"),
        _rows(facts["pictures"], lambda value: f"{value:.3f}"),
    )


def _rows(table: Sequence[Mapping[str, Any]], shown: Any) -> list[list[str]]:
    rows = []
    for row in table:
        named = next(r for r in table if r["how"] == row["how"] and r["choice"] == "named")
        times = ""
        if row is not named:
            ratio, low, high = ratio_with_interval(named["values"], row["values"])
            times = f"{ratio:.1f} [{low:.1f}, {high:.1f}]"
        rows.append([row["how"], row["choice"], shown(statistics.mean(row["values"])), times])
    return rows


def time_section(times: Sequence[Sequence[float]]) -> Section:
    """Return how long explanations take."""
    explained, clock, answered = (np.array(column) * 1000 for column in zip(*times, strict=True))

    def row(title: str, values: Any) -> list[str]:
        return [title, *(f"{np.percentile(values, q):.1f} ms" for q in (50, 95, 100))]

    ratio = np.median(explained / answered)
    return Section(
        "Time",
        f"Of {len(times)} products with all parts, each in several rounds of which the least time"
        f" counts. At most {LIMIT_MS} ms is promised. An explanation takes {ratio:.1f} times as"
        " long as the answer to the same product (median). By the clock it depends on what else the"
        " machine does.",
        ("one product, one thread", "p50", "p95", "most"),
        [
            row("explanation, processor", explained),
            row("explanation, by the clock", clock),
            row("answer alone, processor", answered),
        ],
    )


if __name__ == "__main__":
    main()
