"""The queue between a source's tasks and the workers: what is ready, and what may be done next."""

import heapq
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Collection

from crawler.engine.frontier import StoredTask

# While a page is out no picture is begun: for a moment, in which a server nearby has answered,
# and again when the answer is there, for as long as a busy machine may take to write it.
HOLD_S = 0.05
HOLD_ANSWER_S = 1.0
Row = tuple[str, bool]
"""A host's pages or its pictures."""


class ReadyQueue:
    """Tasks that are ready, of which no host gets more at once than it may.

    A task is out until what it brought is written, and only so many are out at once: this is
    all that a killed process can lose. While a single page is out, no picture is begun for a
    moment, so that the page is written soon: it would bring many products again.

    Args:
        slots: How many requests a host may get at once.
        most: How many tasks may be out.
    """

    def __init__(self, slots: Callable[[str], int], most: int) -> None:
        self._slots, self._most = slots, most
        self._ready: OrderedDict[Row, deque[StoredTask]] = OrderedDict()
        self._busy: Counter[str] = Counter()
        self._pages_out = self._pictures_out = 0
        self._held_until = float("-inf")
        self._later: list[tuple[float, str, StoredTask]] = []
        self._changed = threading.Condition()
        self._closed = False
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def put(self, tasks: list[StoredTask]) -> None:
        """Lay out tasks."""
        with self._changed:
            for task in tasks:
                self._lay(task)
            self._changed.notify(len(tasks))

    def _lay(self, task: StoredTask) -> None:
        self._ready.setdefault((task.host, task.is_picture), deque()).append(task)
        self._waiting += 1

    def put_back(self, task: StoredTask, after_s: float) -> None:
        """Lay a task out again that was taken, fetched and brought nothing, but only later."""
        with self._changed:
            self._count_out([task])
            heapq.heappush(self._later, (time.monotonic() + after_s, task.id, task))
            self._changed.notify(2)

    def take(self) -> StoredTask | None:
        """Take a task of a host that is free for one; wait for it. None: go home."""
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                while self._later and self._later[0][0] <= now:
                    self._lay(heapq.heappop(self._later)[2])
                held_s = self._held_until - now
                if self._pages_out + self._pictures_out < self._most:
                    for row in self._ready:
                        if self._busy[row[0]] < self._slots(row[0]) and not (row[1] and held_s > 0):
                            return self._hand_out(row)
                moments = [self._held_until] if held_s > 0 else []
                moments += [self._later[0][0]] if self._later else []
                self._changed.wait(min(moments) - now if moments else None)
            return None

    def _hand_out(self, row: Row) -> StoredTask:
        tasks = self._ready[row]
        task = tasks.popleft()
        if not tasks:
            del self._ready[row]
        else:
            self._ready.move_to_end(row)
        self._waiting -= 1
        self._busy[task.host] += 1
        if task.is_picture:
            self._pictures_out += 1
        else:
            # Not prolonged by further pages, or pictures might never have their turn.
            if not self._pages_out:
                self._held_until = time.monotonic() + HOLD_S
            self._pages_out += 1
        return task

    def hurry(self) -> None:
        """Begin no picture until the one page that is out is written: its answer is there."""
        with self._changed:
            if self._pages_out == 1:
                self._held_until = time.monotonic() + HOLD_ANSWER_S

    def fetched(self, task: StoredTask) -> None:
        """Free the place that a task had at its host."""
        with self._changed:
            self._busy[task.host] -= 1
            if not self._busy[task.host]:
                del self._busy[task.host]
            self._changed.notify()

    def written(self, tasks: Collection[StoredTask]) -> None:
        """Let as many new tasks out as these are, whose outcomes are written."""
        with self._changed:
            self._count_out(tasks)
            self._changed.notify(len(tasks) + 1)

    def _count_out(self, tasks: Collection[StoredTask]) -> None:
        pictures = sum(task.is_picture for task in tasks)
        self._pictures_out -= pictures
        self._pages_out -= len(tasks) - pictures
        if not self._pages_out:
            self._held_until = float("-inf")

    def drop(self, host: str) -> list[StoredTask]:
        """Take back all that is ready of one host."""
        with self._changed:
            rows = (self._ready.pop((host, is_picture), ()) for is_picture in (False, True))
            tasks = [task for row in rows for task in row]
            self._waiting -= len(tasks)
            tasks += [entry[2] for entry in self._later if entry[2].host == host]
            self._later = [entry for entry in self._later if entry[2].host != host]
            heapq.heapify(self._later)
            return tasks

    def close(self) -> None:
        """Send the threads home."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
