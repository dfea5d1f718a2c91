"""How long each stage of categorizing takes, alone, on one core.

Each is called as the pipeline calls it, over the same products, in batches of the same size.
"""

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from experiments.benchmarks.answering.cases import Setup, repeat_rows, run_apart, setup_of
from experiments.benchmarks.section import Section

HERE = "experiments.benchmarks.answering.stages"
WHOLE = "all at once"
STAGES = {
    "read": "rows out of Parquet, their cells understood",
    "clean texts": "names and descriptions",
    "decode pictures": "JPEG to pixels of the size that the network reads, and the file's hash",
    "tokenise": "texts and names alone, each once, padded by length",
    "text network": "",
    "image network": "",
    "head": "",
    "decode of answers": "logits to calibrated answers",
    "write": "answers to Parquet, on the disk",
    WHOLE: "categorize, with one worker",
}
"""Stage → what it is."""


def measure_stages(
    setup: Setup, data: Path, folder: Path, rows: int, rounds: int
) -> dict[str, Any]:
    """Return the seconds of each stage in each round, on the wall and of the processor."""
    file = folder / "stages.parquet"
    repeat_rows(data, file, rows)
    alone = setup.with_threads(1)
    return run_apart(f"{HERE}.time_stages", alone, file=str(file), rows=rows, rounds=rounds)


def time_stages(setup: Mapping[str, Any], file: str, rows: int, rounds: int) -> dict[str, Any]:
    """Time all stages in turns; one round before does not count."""
    if hasattr(os, "sched_setaffinity"):  # so that no two stages run at once
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    stages = build_stages(setup_of(setup), Path(file))
    wall: dict[str, list[float]] = {name: [] for name in stages}
    cpu: dict[str, list[float]] = {name: [] for name in stages}
    for number in range(-1, rounds):
        for name, stage in stages.items():
            began = time.perf_counter(), time.process_time()
            stage()
            if number >= 0:
                wall[name].append(time.perf_counter() - began[0])
                cpu[name].append(time.process_time() - began[1])
    return {"rows": rows, "wall": wall, "cpu": cpu}


def build_stages(setup: Setup, file: Path) -> dict[str, Callable[[], object]]:
    """Make ready what each stage is given, and return what to call."""
    from experiments.benchmarks.answering.bare_forward import (
        BATCH_ROWS,
        BareForward,
        Way,
        name_views,
        text_feeds,
    )
    from prodcat.bulk.answer_file import AnswerFile
    from prodcat.bulk.answering import CategorizeOptions
    from prodcat.bulk.answers import answer_table
    from prodcat.bulk.categorizing import categorize
    from prodcat.bulk.finishing import finish
    from prodcat.bulk.outputs.about import About
    from prodcat.bulk.outputs.kinds import output_kind
    from prodcat.bulk.state import input_state
    from prodcat.inference.embedder import TEXTS_AT_ONCE
    from prodcat.inference.predictor import Predictor
    from prodcat.product import Product
    from prodcat.tables.columns import PRODUCT_FIELDS
    from prodcat.tables.table import open_table

    predictor = Predictor.load(setup.model, threads=1)
    bare = BareForward(setup, Way())
    reader, rule = predictor._reader, predictor._rule(None, None)
    options = CategorizeOptions(workers=1, overwrite=True)
    table = open_table(file, fields=PRODUCT_FIELDS)
    rows = list(table.rows())
    products = [Product(row.name, row.description, row.image) for row in rows]
    parts = cut([reader.read(product) for product in products], BATCH_ROWS)
    ready = bare.ready(products)
    scorer = predictor._scorer
    scored = [scorer.score(batch, predictor._views) for batch in parts]
    row_parts = cut(rows, BATCH_ROWS)
    answered = [predictor._answer(batch, rule) for batch in parts]
    model = predictor.model

    def decode_answers() -> None:
        for batch, scores in zip(parts, scored, strict=True):
            with patch.object(scorer, "score", lambda *_, scores=scores: scores):
                predictor._answer(batch, rule)

    def write() -> None:
        out = AnswerFile(file.with_name("written.parquet"), {"input": input_state(table)})
        out.open()
        tables = [answer_table(*pair) for pair in zip(row_parts, answered, strict=True)]
        for part in cut(tables, max(1, options.part_rows // BATCH_ROWS)):
            out.write_part(part)
        finish(out, table, output_kind(out.output), About("", "", "", ""))

    def tokenise() -> None:
        for batch, scores in zip(parts, scored, strict=True):
            networks = [(model, reader, batch)]
            if model.first is not None and reader.first is not None and scores.early is not None:
                asked = [p for p, early in zip(batch, scores.early, strict=True) if not early]
                firsts = [p.first for p in batch if p.first is not None]
                networks = [(model, reader, asked), (model.first.model, reader.first, firsts)]
            for its_model, its_reader, its_parts in networks:
                assert its_reader.text_reader is not None
                views = [*its_parts, *name_views(its_parts, its_model.name_view)]
                text_feeds(its_reader.text_reader, views, TEXTS_AT_ONCE)

    calls: Sequence[Callable[[], object]] = (
        lambda: list(table.rows()),
        lambda: [reader.read(Product(p.name, p.description)) for p in products],
        lambda: [reader.read(Product(image=p.image)) for p in products if p.image],
        tokenise,
        *(partial(bare.answer, bare.only(ready, graph)) for graph in ("text", "image", "head")),
        decode_answers,
        write,
        lambda: categorize(
            file, file.with_name("whole.parquet"), predictor=predictor, options=options
        ),
    )
    return dict(zip(STAGES, calls, strict=True))


def cut(things: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Cut a list into pieces.

    >>> cut([1, 2, 3], 2)
    [[1, 2], [3]]
    """
    return [things[start : start + size] for start in range(0, len(things), size)]


def stages_section(facts: Mapping[str, Any]) -> Section:
    """Show what each stage takes of the time for one product."""
    wall, cpu = (
        {
            name: 1e6 * statistics.median(found) / facts["rows"]
            for name, found in facts[clock].items()
        }
        for clock in ("wall", "cpu")
    )
    whole = wall.pop(WHOLE), cpu.pop(WHOLE)
    total = sum(wall.values()), sum(cpu.values())
    rows = [
        [name, STAGES[name], *_cells(wall[name], cpu[name], wall[name] / total[0])] for name in wall
    ]
    rows.append(["sum", "", *_cells(*total, 1.0)])
    rows.append([WHOLE, STAGES[WHOLE], *_cells(*whole, whole[0] / total[0])])
    return Section(
        "Each stage alone",
        f"The same {facts['rows']:,} products stage by stage, on one core with one thread. What"
        f" '{WHOLE}' takes beyond the sum is spent between the stages.",
        ("stage", "what it is", "wall, µs per product", "processor, µs", "share of the sum"),
        rows,
    )


def _cells(wall: float, cpu: float, part: float) -> list[str]:
    return [f"{wall:,.1f}", f"{cpu:,.1f}", f"{100 * part:.1f} %"]
