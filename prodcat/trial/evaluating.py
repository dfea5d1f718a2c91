"""How one or several models do on a labelled table: the one function that all is done by."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from prodcat.decision.accuracies import HEADLINE_ACCURACY
from prodcat.errors import InputError, TableError
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.format import BUNDLED
from prodcat.product import PathLike
from prodcat.tables.columns import PRODUCT_FIELDS, Columns
from prodcat.tables.read_as import ReadAs
from prodcat.tables.table import ProductTable, open_table
from prodcat.taxonomy.paths import join_path
from prodcat.trial.answering import Answered, AskedFor, answer_labelled
from prodcat.trial.comparing import Contestant, compare_models
from prodcat.trial.labels import LabelPlaces
from prodcat.trial.measuring import count_labels, measure_answers, statistics_of
from prodcat.trial.pictures import Thumbnails
from prodcat.trial.promise import judge_promise
from prodcat.trial.result import Evaluation, LabelledProduct, ModelAnswer, ModelResult

if TYPE_CHECKING:
    from prodcat.screen import OnProgress

FIELDS = (*PRODUCT_FIELDS, "category", "split")


@dataclass(frozen=True)
class EvaluateOptions:
    """How a table is read and answered."""

    columns: Columns = field(default_factory=dict)
    """Field (id, name, description, image, category, split) → the column that holds it, for those
    that are not found by their name; several for the levels of a category."""
    separator: str | None = None
    """Between the levels of a category path in one column."""
    image_root: PathLike | None = None
    """Folder that image paths start from and may not leave; None for the table's own."""
    read_as: ReadAs = ReadAs()  # noqa: RUF009  (it cannot be changed)
    """What is known of the file, such as its encoding; the rest is found out."""
    split: str | None = None
    """Only the rows whose split column says so, such as ``test``."""
    confidence: float | None = None
    """How sure the accuracy is to hold; None for what the model was made for."""
    pictures: bool | None = None
    """Keep small pictures of the products to show; None for where they are few."""
    workers: int | None = None
    """Threads that answer; None for one per core."""

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise InputError(f"workers ({self.workers}) must be 1 or more.")


def evaluate(
    table: PathLike,
    models: PathLike | Iterable[PathLike | None] | None = None,
    *,
    accuracy: float = HEADLINE_ACCURACY,
    options: EvaluateOptions | None = None,
    on_table: Callable[[ProductTable], None] | None = None,
    on_progress: "OnProgress | None" = None,
) -> Evaluation:
    """Find out how models do on a labelled table, be it 20 products or 20,000.

    See `prodcat.evaluate`, which calls this.
    """
    options = options or EvaluateOptions()
    folders: list[PathLike | None]
    is_one = models is None or isinstance(models, str | os.PathLike)
    folders = [models] if is_one else list(models)  # type: ignore[list-item, arg-type]
    if not folders:
        raise InputError("Name a model to evaluate, or None for the one that comes with prodcat.")
    predictors = [Predictor.load(folder, threads=1) for folder in folders]
    # Nothing to answer, but what a model cannot be asked is told before the table is read.
    for predictor in predictors:
        predictor.predict_many([], accuracy=accuracy, confidence=options.confidence)
    opened = open_labelled(table, options)
    if on_table is not None:
        on_table(opened)
    answered = answer_labelled(
        opened,
        predictors,
        AskedFor(accuracy, options.confidence, options.split, options.workers),
        Thumbnails(options.pictures),
        on_progress,
    )
    if not answered.products:
        raise TableError(_nothing(table, answered))
    return _evaluation(opened, names_of(folders), predictors, answered, accuracy)


def open_labelled(table: PathLike, options: EvaluateOptions) -> ProductTable:
    """Open a table that has labels.

    Raises:
        TableError: If it cannot be read, or no column of it looks like the label.
    """
    opened = open_table(
        table,
        columns=options.columns,
        separator=options.separator,
        image_root=options.image_root,
        fields=FIELDS,
        read_as=options.read_as,
    )
    wanted = ("category", "split") if options.split is not None else ("category",)
    for name in wanted:
        if name not in opened.columns:
            option = "--category COLUMN" if name == "category" else "--column split=COLUMN"
            raise TableError(
                f"{table} has no column that looks like the {name}. It has:"
                f" {', '.join(opened.format.columns)}. Name it with {option}."
            )
    return opened


def names_of(folders: Sequence[PathLike | None]) -> list[str]:
    """Give each model a short name that no other has.

    >>> names_of([None, "runs/shop/model", "other", "old/shop/model"])
    ['bundled', 'shop', 'other', 'shop 2']
    """
    names: list[str] = []
    for folder in folders:
        path = BUNDLED if folder is None else Path(folder).absolute()
        # The folder of a model in a run is always called so.
        short = path.parent.name if path.name == "model" else path.name
        name = short = "bundled" if path == BUNDLED else short or str(path)
        number = 1
        while name in names:
            number += 1
            name = f"{short} {number}"
        names.append(name)
    return names


def _evaluation(
    table: ProductTable,
    names: Sequence[str],
    predictors: Sequence[Predictor],
    answered: Answered,
    accuracy: float,
) -> Evaluation:
    products = answered.products
    places = [LabelPlaces(predictor.categories) for predictor in predictors]
    results, contestants = [], []
    for name, predictor, tree, answers in zip(
        names, predictors, places, answered.answers, strict=True
    ):
        results.append(_result(name, predictor, tree, products, answers, accuracy))
        contestants.append(
            Contestant(
                name=name,
                right=np.array([answer.leaf_is_right for answer in answers], dtype=np.bool_),
                statistics=statistics_of(products, answers, tree),
                leaves=frozenset(tree.leaves),
            )
        )
    return Evaluation(
        table=Path(str(table.path)).name,
        columns=table.columns,
        rows=answered.rows,
        accuracy=accuracy,
        products=tuple(products),
        models=tuple(results),
        pairs=compare_models(contestants),
        left_out=tuple(sorted(answered.reasons.values(), key=lambda r: (r.answered, -r.count))),
        read_as=table.notes,
        notes=tuple(_notes(answered, results, places)),
    )


def _result(
    name: str,
    predictor: Predictor,
    places: LabelPlaces,
    products: Sequence[LabelledProduct],
    answers: Sequence[ModelAnswer],
    accuracy: float,
) -> ModelResult:
    taught = [i for i, p in enumerate(products) if places.place(p.label).kind == "leaf"]
    given = [answer for answer in answers if answer.outcome != "abstained"]
    return ModelResult(
        name=name,
        folder=str(predictor.model.folder),
        categories=len(places.leaves),
        measures=measure_answers(products, answers, places),
        taught=measure_answers([products[i] for i in taught], [answers[i] for i in taught], places),
        n_taught=len(taught),
        promise=judge_promise(
            accuracy,
            right=sum(answer.outcome == "right" for answer in given),
            answered=len(given),
            products=len(products),
        ),
        lacking=count_labels(products, places, kind="lacking"),
        above=count_labels(products, places, kind="above"),
        respelled=count_labels(products, places, respelled=True),
        answers=tuple(answers),
    )


def _notes(
    answered: Answered, results: Sequence[ModelResult], places: Sequence[LabelPlaces]
) -> Iterable[str]:
    if answered.trained_on:
        yield (
            f"{answered.trained_on:,} products are marked as those of training. On what a model"
            " learnt from it looks better than it is; --split NAME takes those of one split alone."
        )
    for result, tree in zip(results, places, strict=True):
        if result.n_taught:
            continue
        label = join_path(answered.products[0].label)
        leaf = join_path(next(iter(tree.leaves)))
        yield (
            f"No label is a category that {result.name} answers. The table has labels such as"
            f" {label!r}, the model such as {leaf!r}."
        )


def _nothing(table: PathLike, answered: Answered) -> str:
    reasons = "; ".join(
        f"{reason.count:,} with {reason.reason}" for reason in answered.reasons.values()
    )
    why = f"Of {answered.rows:,} rows: {reasons}." if reasons else "It has no rows."
    return f"{table} has no labelled product to evaluate on. {why}"
