"""The page of formats: what stands in a corpus, a run, a model directory and a file of answers.

Names and types come from the code; what each means is either written beside it there, or here,
and a name without a meaning ends the writing of the page.
"""

import dataclasses
import inspect
import tempfile
from pathlib import Path
from types import ModuleType

from prodcat.bulk.answers import answer_schema
from prodcat.corpus.store import Corpus
from prodcat.measures.interval import Interval
from prodcat.measures.measure import RiskCoverage, SetMeasures
from prodcat.modeldir import format as modeldir
from prodcat.modeldir.format import Handover, ImageInput, TextInput
from prodcat.modeldir.reading import ModelDir
from prodcat.runs import directory, environment, records
from prodcat.runs.format import FORMAT
from prodcat.runs.predictions import COLUMNS
from tests.reference.fields import code, field_texts, marked, summary, table

HEAD = """\
# Formats

Written by `python -m tests.reference` from the code. Everything that prodcat stores is plain data:
SQLite, Parquet, JSON, YAML, CSV, ONNX; never a pickle. What was written before is read: the tests
keep a run, a model and corpora of each format.
"""

ANSWERS = {
    "category": "The answer's path, names joined by ` > `; null when abstained.",
    "probability": "Of that answer; of the best leaf when abstained; null where nothing was read.",
    "abstained": "Whether there is no answer.",
    "reason": (
        "Why there is none: `unsure`, `unlike anything learnt`, `nothing to read`, or in another"
        " tree `no place in this tree`; null where there is one."
    ),
    "leaf": "The best leaf, whatever the threshold.",
    "leaf_probability": "Its probability.",
    "alternatives": "The best leaves with their probabilities, most probable first.",
    "error": "What of the row could not be read; null where all was.",
}
PREDICTIONS = {
    "id": "The product's id in the corpus.",
    "split": "`val` or `test`.",
    "label": "Path of the true category.",
    "label_leaf": (
        "Path of the leaf that stands for it: itself, an ancestor where it was too small to be"
        " taught, null where nothing was."
    ),
    "answer": "Path answered at the model's default accuracy; empty when it abstained.",
    "name": "The beginning of the product's name.",
    "image_sha256": "Hash of its picture.",
    "probability": "Of the best leaf, calibrated.",
    "raw_probability": "Of the best leaf, before calibration.",
    "top": "Paths of the best leaves, best first.",
    "top_probability": "Their calibrated probabilities.",
}
TABLES = {
    "products": "A row for each product; `id` is `source:source_id`.",
    "categories": "The category tree of each source.",
    "product_categories": "Which categories a product is listed in, or was crawled from.",
    "corrections": "What people decided about labels; a row with `undoes` takes one back.",
    "decided": "The decision that counts of each product; `category_id` is null for none of these.",
    "review_cards": "The queue: why a product deserves a look, the first of the highest `value`.",
    "review_claims": "Who holds which card, and until when, in seconds since 1970.",
    "review_actions": "What each person did in the queue; `first` to `last` are its decisions.",
    "crawl_tasks": "The frontier of a crawl: what waits, what is done, what failed and why.",
    "crawl_validators": "Versions of pages, so that unchanged ones are not fetched again.",
    "crawl_skipped": "Entries of a shop that are no products, with the reason.",
    "crawl_pictures": "The pictures that a shop names of a product that has several, best first.",
    "crawl_runs": "When each crawl ran, and what it brought.",
    "imports": "How far each import is, and what it brought.",
    "import_rows": "Which product each row became, until its import is finished.",
    "rejections": "Rows that were not taken over, and why.",
    "trees": "Trees beside the shops' own, by name.",
    "tree_categories": "Their categories.",
    "tree_changes": "When labels went over to which tree; a row with `undoes` takes one back.",
    "category_changes": "What each category became in a change; `new_id` is null for nothing.",
    "product_changes": "What products of split categories became; `stated_id` is their shop's.",
    "card_changes": "Cards of the queue as they were before a change, as JSON.",
    "label_moves": "What shops' categories are in the tree that counts, made from the record.",
    "product_moves": "The same of single products, where a category was split.",
}
OURS = ("_sqlite_migrations", "sqlite_sequence")


def formats_page() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, answers(), run(), model(), corpus()])


def answers() -> str:
    """Return the section of `prodcat categorize`'s output."""
    rows = [[code(c.name), code(str(c.type)), ANSWERS[c.name]] for c in answer_schema()]
    lines = [
        "## Answers of a table",
        "Excel, CSV, JSON lines or Parquet, a row for each row of the input, in its order. The"
        " input's columns come first, as they were; those with a name of ours end in `_input`."
        " Ours follow, of these types in Parquet.",
        table(["column", "type", ""], rows),
    ]
    return "\n\n".join(lines) + "\n"


def run() -> str:
    """Return the section of run directories."""
    text, _, files = inspect.cleandoc(directory.__doc__ or "").partition("\n\n")
    rows = [[code(name), code(kind), meaning_of_column(name)] for name, kind in COLUMNS.items()]
    lines = [
        "## Run directory",
        text,
        f"```text\n{files}\n```",
        f"The format has the number {FORMAT}; it stands in `environment.json`, and in the metadata"
        " of the Parquet file. `predictions.parquet` has the columns",
        table(["column", "type", ""], rows),
        "and the JSON files are made of these records.",
        *described(environment),
        *described(records),
        *map(record, (SetMeasures, Interval, RiskCoverage)),
    ]
    return "\n\n".join(lines) + "\n"


def meaning_of_column(name: str) -> str:
    """Say what a column of ``predictions.parquet`` holds."""
    if name.startswith("threshold_"):
        share = name.removeprefix("threshold_")
        return f"Least probability at which its leaf is answered at {share} %; null for never."
    if name.startswith("has_"):
        return f"Whether the answer made use of the {name.removeprefix('has_')}."
    return PREDICTIONS[name]


def model() -> str:
    """Return the section of model directories."""
    names = (
        (modeldir.MODEL_JSON, "What the model is, with size and SHA-256 of every other file."),
        (modeldir.TEXT_ONNX, "The text encoder; not there for a model that reads no text."),
        (modeldir.IMAGE_ONNX, "The picture encoder; not there for one that reads no pictures."),
        (modeldir.HEAD_ONNX, "Fusion and leaf scores, from both embeddings."),
        (modeldir.TOKENIZER, "The text encoder's tokenizer."),
        (modeldir.TAXONOMY, "The category tree, and the category of each score."),
        (modeldir.CALIBRATION, "For each combination of parts: temperature and thresholds."),
        (modeldir.CARD, "For people: what it was trained on, how good it is, its limits."),
    )
    lines = [
        "## Model directory",
        f"Of format {modeldir.FORMAT}. A file that was altered or is missing is refused; the card"
        " alone is not verified.",
        table(["file", ""], [[code(name), meaning] for name, meaning in names]),
        *(record(kind) for kind in (ModelDir, TextInput, ImageInput, Handover)),
    ]
    return "\n\n".join(lines) + "\n"


def corpus() -> str:
    """Return the section of corpora, from the tables of a new one."""
    lines = [
        "## Corpus",
        "A SQLite file in WAL mode, brought up to date by numbered migrations when it is opened;"
        " pictures lie beside it as `images/ab/cd/SHA256.jpg`.",
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        Corpus.open(Path(folder) / "corpus.db", create=True) as opened,
    ):
        for name in sorted(set(opened.db.table_names()) - {*OURS}):
            columns = [[code(c.name), code(c.type)] for c in opened.db.table(name).columns]
            lines += [f"### {name}", TABLES[name], table(["column", "type"], columns)]
    return "\n\n".join(lines) + "\n"


def described(module: ModuleType) -> list[str]:
    """Return a section for each record of a module."""
    kinds = [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type)
        and kind.__module__ == module.__name__
        and dataclasses.is_dataclass(kind)
    ]
    return [record(kind) for kind in kinds]


def record(kind: type) -> str:
    """Return what a record is, and a row for each field."""
    rows = [[code(field.name), code(field.kind), field.meaning] for field in field_texts(kind)]
    return "\n\n".join(
        [f"### {kind.__name__}", marked(summary(kind)), table(["field", "type", ""], rows)]
    )
