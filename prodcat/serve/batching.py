"""Requests that come together are answered together; a lone one waits for nobody.

A thread for each core takes what waits, as much as is its share, and answers it as one batch.
After a batch of several it gives their clients a moment to come back with the next, a fraction of
the time that the batch took; a lone client, and the first of many, wait for nothing. A product's
answer is the same, bit for bit, whatever is answered beside it.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from prodcat.errors import InputError
from prodcat.inference.cores import count_cores
from prodcat.product import Prediction, Product
from prodcat.serve.models import LoadedModel

MOST = 32
"""Products of a batch."""
LINGER_SHARE, LINGER_S = 0.1, 0.01
"""Of the time of a batch, and at most: how long its clients have to come back together."""
TURN = 8
"""Products of one request that are taken before it is another one's turn."""


class FullError(Exception):
    """There is no room to wait.

    Args:
        wait_s: In how much time there will be.
    """

    def __init__(self, wait_s: float) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


@dataclass(eq=False)
class Waiting:
    """A request that waits for the answers to its products."""

    model: LoadedModel
    products: Sequence[Product]
    accuracy: float | None
    threshold: float | None
    done: Callable[["Waiting"], None]
    answers: list[Prediction | None] = field(default_factory=list)
    taken: int = 0
    """Products that a batch has."""
    left: int = 0
    """Products without an answer."""
    began: float = 0.0
    started: float = 0.0
    """When the first of its products was taken."""
    error: BaseException | None = None
    cancelled: bool = False

    @property
    def rule(self) -> tuple[Any, ...]:
        """What products of one batch share."""
        return id(self.model), self.accuracy, self.threshold


class Batcher:
    """Answers requests in batches, by threads of its own.

    Args:
        limit: Products that wait or are being answered, at most.
        cores: Threads; None for one per core.
        on_batch: Is told the size of each batch and the seconds that it took.
    """

    def __init__(
        self,
        limit: int,
        *,
        cores: int | None = None,
        on_batch: Callable[[int, float], None] | None = None,
    ) -> None:
        self.limit, self.cores = limit, cores or count_cores()
        self._on_batch = on_batch
        self._queue: deque[Waiting] = deque()
        self._changed = threading.Condition()
        self._waiting = self._active = self._running = self._room_taken = 0
        self._rate = 50.0 * self.cores
        """Products a second, of late."""
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"prodcat-answer-{number}", daemon=True)
            for number in range(self.cores)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def in_hand(self) -> int:
        """Products that wait or are being answered."""
        return self._waiting + self._running

    def check_room(self, products: int = 1) -> None:
        """Refuse what there is no room for.

        A large request takes no more than a third of the room: its products wait for each other
        rather than others for them, since all requests take turns.

        Raises:
            FullError: If there is none. A request alone is let in however large it is.
        """
        over = self._room_taken + self._room_of(products) - self.limit
        if self._room_taken and over > 0:
            raise FullError(over / max(self._rate, 1.0))

    def _room_of(self, products: int) -> int:
        return min(products, max(TURN, self.limit // 3))

    async def answer(
        self,
        model: LoadedModel,
        products: Sequence[Product],
        *,
        accuracy: float | None = None,
        threshold: float | None = None,
    ) -> tuple[list[Prediction], float]:
        """Return the answers to products in their order, and the seconds that they waited.

        Raises:
            FullError: If there is no room to wait.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()

        def finish() -> None:
            if not future.done():
                future.set_result(None)

        def done(_: Waiting) -> None:
            loop.call_soon_threadsafe(finish)

        waiting = Waiting(model, products, accuracy, threshold, done)
        waiting.answers, waiting.left = [None] * len(products), len(products)
        waiting.began = time.perf_counter()
        with self._changed:
            if self._closed:
                raise FullError(1.0)
            self.check_room(len(products))
            self._queue.append(waiting)
            self._waiting += len(products)
            self._room_taken += self._room_of(len(products))
            self._changed.notify()
        try:
            await future
        finally:
            # Of a client whose time is up nothing more is answered.
            waiting.cancelled = True
            with self._changed:
                self._room_taken -= self._room_of(len(products))
        if waiting.error is not None:
            raise waiting.error
        answers = [answer for answer in waiting.answers if answer is not None]
        assert len(answers) == len(products)
        return answers, waiting.started - waiting.began

    def close(self) -> None:
        """Answer what waits, and end the threads."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        size, seconds = 0, 0.0
        while True:
            with self._changed:
                if size > 1:
                    self._linger(size, min(LINGER_S, LINGER_SHARE * seconds))
                while not (batch := self._take()):
                    if self._closed:
                        return
                    self._changed.wait()
                alone = len(batch) == 1 and self._active == 0 and not self._queue
                self._active += 1
                self._running += len(batch)
                if self._queue:
                    self._changed.notify()
            began, size = time.perf_counter(), len(batch)
            try:
                answer_batch(batch, alone=alone)
            finally:
                seconds = time.perf_counter() - began
                with self._changed:
                    self._active -= 1
                    self._running -= len(batch)
                    together = len(batch) / max(seconds, 1e-6) * (self._active + 1)
                    self._rate += 0.1 * (together - self._rate)
                    finished = self._settle(batch)
                for waiting in finished:
                    waiting.done(waiting)
                if self._on_batch is not None:
                    self._on_batch(len(batch), seconds)

    def _linger(self, size: int, seconds: float) -> None:
        """Wait until as many wait as a batch had, or the time is over."""
        until = time.perf_counter() + seconds
        while not self._closed and self._waiting < size:
            left = until - time.perf_counter()
            if left <= 0:
                return
            self._changed.wait(left)

    def _take(self) -> list[tuple[Waiting, int]]:
        """Take the products of a batch: of one model and one rule, a turn of each request."""
        # No thread takes more than its share: the others would have nothing to do, or too little.
        most = min(MOST, max(1, -(-(self._waiting + self._running) // self.cores)))
        batch: list[tuple[Waiting, int]] = []
        passed: list[Waiting] = []
        rule: tuple[Any, ...] | None = None
        while self._queue and len(batch) < most:
            waiting = self._queue.popleft()
            if waiting.cancelled:
                self._waiting -= len(waiting.products) - waiting.taken
                continue
            rule = rule or waiting.rule
            if waiting.rule != rule:
                passed.append(waiting)
                continue
            until = min(len(waiting.products), waiting.taken + TURN, waiting.taken + most)
            until = min(until, waiting.taken + most - len(batch))
            if waiting.taken == 0:
                waiting.started = time.perf_counter()
            batch.extend((waiting, place) for place in range(waiting.taken, until))
            self._waiting -= until - waiting.taken
            waiting.taken = until
            if until < len(waiting.products):
                self._queue.append(waiting)
        self._queue.extendleft(reversed(passed))
        return batch

    def _settle(self, batch: Sequence[tuple[Waiting, int]]) -> list[Waiting]:
        finished = []
        for waiting, _ in batch:
            waiting.left -= 1
            if waiting.left == 0:
                finished.append(waiting)
        return finished


def answer_batch(batch: Sequence[tuple[Waiting, int]], *, alone: bool) -> None:
    """Put the answers to products of one rule in their places.

    Args:
        batch: Each product as its request and its place in it.
        alone: Nothing else is being answered, so that all cores may share its work.
    """
    first = batch[0][0]
    rule: dict[str, Any] = {"accuracy": first.accuracy, "threshold": first.threshold}
    products = [waiting.products[place] for waiting, place in batch]
    model = first.model
    try:
        if alone:
            (product,) = products
            try:
                given = (product.name, product.description, product.image)
                answers = [model.predictor.predict(*given, **rule)]
            except InputError:  # a part cannot be read: the others are answered all the same
                answers = list(model.batches.predict_many(products, **rule))
        else:
            answers = list(model.batches.predict_many(products, batch_size=len(products), **rule))
    except Exception as error:
        if len(batch) > 1:
            # Whichever it was, the others need not suffer for it.
            for one in batch:
                answer_batch([one], alone=False)
            return
        first.error = error
        return
    for (waiting, place), answer in zip(batch, answers, strict=True):
        waiting.answers[place] = answer
