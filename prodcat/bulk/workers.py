"""Batches of rows answered by several threads or processes at once, in their order."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context, parent_process
from typing import Any

from prodcat.errors import InputError
from prodcat.inference.predictor import Predictor
from prodcat.inference.threads import Input, Output

AHEAD = 2
"""Batches that each worker may be ahead of what was taken from it."""


@contextmanager
def in_threads(
    answer: Callable[[Predictor, Input], Output], predictor: Predictor, workers: int
) -> Iterator[Callable[[Iterable[Input]], Iterator[Output]]]:
    """Give a map that answers batches in threads, which share one model.

    Args:
        answer: What to do with a batch.
        predictor: The model.
        workers: How many threads.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="prodcat") as pool:
        yield lambda batches: _in_order(
            pool, lambda batch: answer(predictor, batch), batches, workers
        )


@contextmanager
def in_processes(
    answer: Callable[[Predictor, Input], Output], predictor: Predictor, workers: int
) -> Iterator[Callable[[Iterable[Input]], Iterator[Output]]]:
    """Give a map that answers batches in processes, each with the model for itself.

    Args:
        answer: What to do with a batch; a function of a module, so that it can be found there.
        predictor: Whose model and cache each of them loads.
        workers: How many processes.
    """
    # Forked, a process would hold locks that onnxruntime's threads never give back.
    pool = ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),
        initializer=_begin_process,
        initargs=(answer, _settings(predictor)),
    )
    try:
        with pool:
            yield lambda batches: _in_order(pool, _answer_in_process, batches, workers)
    except BrokenProcessPool as error:
        raise InputError(
            "A worker process was killed, perhaps for lack of memory; nothing that was written is"
            " lost. Run the same again, with fewer --workers if it comes back."
        ) from error


def _in_order(
    pool: Executor, work: Callable[[Input], Output], items: Iterable[Input], workers: int
) -> Iterator[Output]:
    waiting: deque[Future[Output]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            # Else all rows of a table would be read, and wait in memory to be answered.
            if len(waiting) > AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            # After an error, or when nobody takes answers any more, the others need not begin.
            future.cancel()


# Of a worker process: what its beginning leaves to its batches can only be a global.
_answers: Callable[[Any], Any]


def _settings(predictor: Predictor) -> dict[str, Any]:
    """Return what a process needs to load the same, as arguments of `Predictor.load`."""
    first = predictor.first.model.folder if predictor.first else None
    return {
        "folder": predictor.model.folder,
        "cache": predictor.cache,
        "device": predictor.engine.device,
        "first": first,
        "as_tree": predictor.as_tree,
    }


def _begin_process(answer: Callable[[Predictor, Any], Any], settings: Mapping[str, Any]) -> None:
    """Begin a worker process."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    global _answers
    _answers = partial(answer, Predictor.load(threads=1, **settings))


def _end_with_parent() -> None:
    """End this process when the one that began it is no more, also where that one was killed."""
    parent = parent_process()
    if parent is not None:
        # Else it would wait for ever for rows that nobody sends, with the model in memory.
        parent.join()
        os._exit(1)


def _answer_in_process(batch: Any) -> Any:
    return _answers(batch)
