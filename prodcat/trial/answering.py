"""The labelled rows of a table, answered by one or several models in one pass."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from prodcat.bulk.answering import CategorizeOptions, batches
from prodcat.bulk.workers import in_threads
from prodcat.inference.cores import count_cores
from prodcat.inference.predictor import Predictor
from prodcat.inputs.text import clean_text
from prodcat.product import UNREAD, Prediction, Product
from prodcat.screen import OnProgress
from prodcat.tables.rows import TableRow
from prodcat.tables.table import ProductTable
from prodcat.trial.labels import LabelPlaces
from prodcat.trial.pictures import Thumbnails
from prodcat.trial.result import LabelledProduct, LeftOut, ModelAnswer, Outcome
from prodcat.wording import clean

FIRST_ROWS = 5
"""Numbers of rows that are told for a reason."""
BATCH_SIZE = 64
TRAINING_SIDE = "train"


@dataclass(frozen=True)
class AskedFor:
    """How the models are asked, and of which rows."""

    accuracy: float
    confidence: float | None = None
    split: str | None = None
    """Rows of this split alone."""
    workers: int | None = None


@dataclass
class Answered:
    """The labelled products, and what each model says of them."""

    products: list[LabelledProduct] = field(default_factory=list)
    answers: list[list[ModelAnswer]] = field(default_factory=list)
    """Of each model, one for each product."""
    reasons: dict[str, LeftOut] = field(default_factory=dict)
    rows: int = 0
    """Of the table, as far as it was read."""
    trained_on: int = 0
    """Products whose split is that of training."""

    def note(self, reason: str, row: int, example: str = "", *, answered: bool = False) -> None:
        """Count a row that has something wrong with it."""
        before = self.reasons.get(reason, LeftOut(reason, 0, (), clean(example), answered))
        self.reasons[reason] = replace(
            before, count=before.count + 1, rows=(*before.rows, row)[:FIRST_ROWS]
        )


Batch = list[tuple[TableRow, tuple[Prediction, ...], bytes | None]]
"""Rows, each with every model's answer and its picture."""


def answer_labelled(
    table: ProductTable,
    predictors: Sequence[Predictor],
    asked: AskedFor,
    thumbnails: Thumbnails,
    on_progress: OnProgress | None = None,
) -> Answered:
    """Answer the labelled rows of a table by all models.

    A row stops nothing: one that cannot be read, has no label, or holds nothing that any of the
    models can read is counted by its reason.
    """
    answered = Answered(answers=[[] for _ in predictors])
    places = [LabelPlaces(predictor.categories) for predictor in predictors]
    total = table.count()

    def ask(_: Predictor, rows: list[TableRow]) -> Batch:
        return _ask(predictors, rows, asked, thumbnails)

    # A thread works on one batch, by one model after the other.
    with in_threads(ask, predictors[0], asked.workers or count_cores()) as answer:
        labelled = _labelled(table.rows(), answered, asked.split)
        for batch in answer(batches(labelled, CategorizeOptions(batch_size=BATCH_SIZE))):
            for row, predictions, picture in batch:
                _add(answered, predictors, places, row, predictions, picture)
            if thumbnails.close_at(len(answered.products)):
                answered.products = [replace(p, picture=None) for p in answered.products]
            if on_progress is not None:
                on_progress(batch[-1][0].number, total)
    if on_progress is not None:
        on_progress(answered.rows, answered.rows)
    return answered


def _labelled(
    rows: Iterable[TableRow], answered: Answered, split: str | None
) -> Iterator[TableRow]:
    """Pass on the rows that have a label, and count the others."""
    for row in rows:
        answered.rows = row.number
        if row.error is not None:
            answered.note("a line that cannot be read", row.number, row.error)
        elif split is not None and row.split != split:
            answered.note(f"another split than {split}", row.number)
        elif not row.category:
            unreadable = [p for p in row.problems if p.startswith("category ")]
            reason = "a label that cannot be read" if unreadable else "no label"
            answered.note(reason, row.number, "; ".join(unreadable))
        else:
            answered.trained_on += row.split.casefold() == TRAINING_SIDE
            yield row


def _ask(
    predictors: Sequence[Predictor],
    rows: list[TableRow],
    asked: AskedFor,
    thumbnails: Thumbnails,
) -> Batch:
    products = [Product(row.name, row.description, row.image, row.id) for row in rows]
    predictions = [
        list(
            predictor.predict_many(
                products,
                batch_size=len(products),
                accuracy=asked.accuracy,
                confidence=asked.confidence,
            )
        )
        for predictor in predictors
    ]
    pictures = [thumbnails.make(row.image) for row in rows]
    return list(zip(rows, zip(*predictions, strict=True), pictures, strict=True))


def _add(
    answered: Answered,
    predictors: Sequence[Predictor],
    places: Sequence[LabelPlaces],
    row: TableRow,
    predictions: Sequence[Prediction],
    picture: bytes | None,
) -> None:
    """Take in one row's answers, unless no model could read anything of it."""
    if not any(prediction.alternatives for prediction in predictions):
        errors = [*row.problems, *(p.error for p in predictions[:1] if p.error)]
        answered.note("nothing that a model can read", row.number, "; ".join(errors))
        return
    _note_problems(answered, predictors, row, predictions)
    product = LabelledProduct(
        row.number, row.id, clean(clean_text(row.name)), row.category, picture
    )
    answered.products.append(product)
    for answers, tree, prediction in zip(answered.answers, places, predictions, strict=True):
        answers.append(judge_answer(prediction, tree, row.category))


def _note_problems(
    answered: Answered,
    predictors: Sequence[Predictor],
    row: TableRow,
    predictions: Sequence[Prediction],
) -> None:
    """Count a row that was answered without a part of it."""
    if row.problems:
        answered.note("a part that cannot be read", row.number, row.problems[0], answered=True)
    for predictor, prediction in zip(predictors, predictions, strict=True):
        sees = row.image is not None and "image" in predictor.readable
        if sees and "image" not in prediction.used:
            reason = "a picture that cannot be read"
            answered.note(reason, row.number, prediction.error or "", answered=True)
            return


def judge_answer(
    prediction: Prediction, places: LabelPlaces, label: tuple[str, ...]
) -> ModelAnswer:
    """Hold an answer against the label: right is the label's category, or one above it."""
    placed = places.place(label)
    best = [alternative.path for alternative in prediction.alternatives]
    leaf = best[0] if best else ()
    # A category with products of its own is a leaf, and may have others below it.
    leaf_is_right = leaf == placed.path if placed.kind == "leaf" else placed.is_right(leaf)
    outcome: Outcome = "right" if placed.is_right(prediction.path) else "wrong"
    return ModelAnswer(
        path=prediction.path,
        probability=prediction.probability,
        outcome="abstained" if prediction.abstained else outcome,
        leaf=leaf,
        leaf_is_right=leaf_is_right,
        in_top_5=leaf_is_right or any(places.leaves[path] == placed.leaf for path in best[:5]),
        reason=UNREAD if not best else prediction.reason,
    )
