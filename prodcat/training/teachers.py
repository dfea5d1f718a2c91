"""Ask finished models for their answers to the training products, for a student to learn."""

import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from rich.progress import Progress
from torch import Tensor

from prodcat.bulk.workers import in_threads
from prodcat.corpus.product_row import ProductRow
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LearningTask
from prodcat.errors import ConfigError, InputError
from prodcat.evaluation.answers import product_of_row
from prodcat.files import whole
from prodcat.inference.cores import count_cores
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.reading import read_model_dir
from prodcat.product import PARTS
from prodcat.taxonomy.paths import join_path

logger = logging.getLogger(__name__)

ASK_AT_ONCE = 256
UNLIKELY = -20.0
"""Log-probability of all but the true leaf, for a product that a teacher cannot read."""
MOST_UNKNOWN = 0.1
"""Share of the training products whose category a teacher may not know."""


def ask_teachers(
    teachers: Sequence[str],
    task: LearningTask,
    corpus: Corpus,
    file: Path,
) -> Tensor:
    """Return the mean of the teachers' log-probabilities for each training product, (N, C).

    Of a product that a teacher cannot read, or whose category it does not know, it teaches the
    label: such as a category of few products, which are taught as the one above it.

    Args:
        teachers: Model directories.
        task: What is learnt, and the training products.
        corpus: Holds their pictures.
        file: Keeps what was asked, so that a run that goes on need not ask again.

    Raises:
        ModelNotFoundError: If a teacher is not there.
        ConfigError: If a teacher does not know the categories of many products.
    """
    side = task.sides["train"]
    shape = len(side.rows), len(task.leaf_ids)
    if file.is_file():
        stored = torch.from_numpy(np.load(file, allow_pickle=False))
        # Of another shape where the run was stopped, and the code changed before it goes on.
        if stored.shape == shape:
            return stored
    total = torch.zeros(shape)
    for folder in teachers:
        # Of a cascade the larger network: the smaller one was taught by it, or another like it.
        predictor = Predictor(replace(read_model_dir(folder), first=None), threads=1)
        places = _places(folder, predictor.model.labels, task)
        logger.info(f"Asking {folder} about {len(side.rows):,} products.")
        answers = torch.full(shape, UNLIKELY)
        answers[torch.arange(len(answers)), torch.tensor(side.labels)] = 0.0
        known = torch.tensor([place is not None for place in places])
        taken = [place for place in places if place is not None]
        for row, logits in enumerate(_ask(predictor, side.rows, corpus)):
            if logits is not None and known[side.labels[row]]:
                answers[row] = UNLIKELY
                answers[row, known] = torch.from_numpy(logits[taken])
        total += answers.log_softmax(dim=1) / len(teachers)
    # Half the memory for tens of thousands of products, at less than a student can learn of.
    mean = total.half()
    with whole(file) as temporary, temporary.open("wb") as stream:
        np.save(stream, mean.numpy())
    return mean


def _places(folder: str, labels: Sequence[str], task: LearningTask) -> list[int | None]:
    """Return where a teacher has each category that is learnt; None where it has not."""
    place = {label: i for i, label in enumerate(labels)}
    missing = [leaf for leaf in task.leaf_ids if leaf not in place]
    counts = dict(zip(task.leaf_ids, task.counts, strict=True))
    products = sum(counts[leaf] for leaf in missing)
    if missing:
        examples = "; ".join(join_path(task.taxonomy.path(leaf)) for leaf in missing[:3])
        unknown = (
            f"{folder} does not know {len(missing)} of the {len(task.leaf_ids)} categories that"
            f" are learnt, with {products:,} training products, such as {examples}."
        )
        if products > MOST_UNKNOWN * sum(task.counts):
            raise ConfigError(
                f"distill.teachers: {unknown} Take a teacher that was trained on the same tree."
            )
        logger.info(f"{unknown} These products teach their labels alone.")
    return [place.get(leaf) for leaf in task.leaf_ids]


def _ask(
    predictor: Predictor, rows: Sequence[ProductRow], corpus: Corpus
) -> Iterator[np.ndarray | None]:
    """Yield the logits of each product, (C,); None where no part of it can be read."""
    batches = (rows[start : start + ASK_AT_ONCE] for start in range(0, len(rows), ASK_AT_ONCE))
    ask = partial(_ask_batch, corpus=corpus)
    with (
        Progress(transient=True, disable=not sys.stderr.isatty()) as bar,
        in_threads(ask, predictor, count_cores()) as answered,
    ):
        job = bar.add_task("Asking a teacher", total=len(rows))
        for answers in answered(batches):
            yield from answers
            bar.advance(job, len(answers))


def _ask_batch(
    predictor: Predictor, rows: Sequence[ProductRow], *, corpus: Corpus
) -> Sequence[np.ndarray | None]:
    try:
        return list(predictor.logits([product_of_row(row, corpus) for row in rows]))
    except InputError:
        return [_ask_about(predictor, row, corpus) for row in rows]


def _ask_about(predictor: Predictor, row: ProductRow, corpus: Corpus) -> np.ndarray | None:
    """Ask about one product, without its picture where this cannot be read."""
    for parts in (PARTS, ("name", "description")):
        try:
            return predictor.logits([product_of_row(row, corpus, parts)])[0]
        except InputError:
            continue
    return None
