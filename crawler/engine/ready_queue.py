"""The queue between frontier and workers: which tasks are ready, and which may begin now."""

import heapq
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from crawler.engine.tasks import StoredTask

# While a page is out no picture is begun: for a moment, in which a server nearby has answered,
# and again when the answer is there, for as long as a busy machine may take to write it.
HOLD_S = 0.05
HOLD_ANSWER_S = 1.0
NEVER = float("-inf")


class Lane(NamedTuple):
    """A host's pages, or its pictures: their tasks go out in the order in which they came."""

    host: str
    is_picture: bool


@dataclass(frozen=True, order=True)
class Postponed:
    """A task that is to be tried again."""

    moment: float
    """By the clock of `time.monotonic`."""
    task_id: str
    """Breaks ties, which tasks themselves cannot: they have no order."""
    task: StoredTask = field(compare=False)


class ReadyQueue:
    """Tasks that are ready, of which no host gets more at once than it may.

    A task is out until what it brought is written, and only so many are out at once: this is
    all that a killed process can lose. While a single page is out, no picture is begun for a
    moment, so that the page is written soon: it would bring many products again.

    Args:
        slots: How many requests a host may get at once.
        max_out: How many tasks may be out.
    """

    def __init__(self, slots: Callable[[str], int], max_out: int) -> None:
        # Asked each time: a host that gets slow or refuses is given fewer slots while we run.
        self._slots, self._max_out = slots, max_out
        # Ordered, so that lanes take turns: the one that was served goes to the end.
        self._lanes: OrderedDict[Lane, deque[StoredTask]] = OrderedDict()
        self._ready_count = 0
        self._busy: Counter[str] = Counter()
        self._pages_out = self._pictures_out = 0
        self._pictures_begin_at = NEVER
        self._postponed: list[Postponed] = []
        self._changed = threading.Condition()
        self._closed = False

    def __len__(self) -> int:
        return self._ready_count

    def put(self, tasks: list[StoredTask]) -> None:
        """Lay out tasks."""
        with self._changed:
            for task in tasks:
                self._lay_out(task)
            self._changed.notify(len(tasks))

    def _lay_out(self, task: StoredTask) -> None:
        self._lanes.setdefault(Lane(task.host, task.is_picture), deque()).append(task)
        self._ready_count += 1

    def put_back(self, task: StoredTask, after_s: float) -> None:
        """Lay a task out again that was taken, fetched and brought nothing, but only later."""
        with self._changed:
            # While it waits it has nothing that a kill could lose, so another may be out for it.
            self._count_out([task])
            heapq.heappush(self._postponed, Postponed(time.monotonic() + after_s, task.id, task))
            # One thread for the task that may go out now, one to wait for this one's moment.
            self._changed.notify(2)

    def take(self) -> StoredTask | None:
        """Take a task of a host that is free for one; wait for it. None: go home."""
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                while self._postponed and self._postponed[0].moment <= now:
                    self._lay_out(heapq.heappop(self._postponed).task)
                pictures_wait = self._pictures_begin_at > now
                if self._pages_out + self._pictures_out < self._max_out:
                    for lane in self._lanes:
                        is_free = self._busy[lane.host] < self._slots(lane.host)
                        if is_free and not (lane.is_picture and pictures_wait):
                            return self._hand_out(lane)
                # Nobody notifies when a moment has come, so this is how long a thread may sleep.
                moments = [self._pictures_begin_at] if pictures_wait else []
                moments += [self._postponed[0].moment] if self._postponed else []
                self._changed.wait(min(moments) - now if moments else None)
            return None

    def _hand_out(self, lane: Lane) -> StoredTask:
        tasks = self._lanes[lane]
        task = tasks.popleft()
        if not tasks:
            del self._lanes[lane]
        else:
            self._lanes.move_to_end(lane)
        self._ready_count -= 1
        self._busy[task.host] += 1
        if task.is_picture:
            self._pictures_out += 1
        else:
            # Not prolonged by further pages, or pictures might never have their turn.
            if not self._pages_out:
                self._pictures_begin_at = time.monotonic() + HOLD_S
            self._pages_out += 1
        return task

    def hurry(self) -> None:
        """Begin no picture until the one page that is out is written: its answer is there."""
        with self._changed:
            if self._pages_out == 1:
                self._pictures_begin_at = time.monotonic() + HOLD_ANSWER_S

    def mark_fetched(self, task: StoredTask) -> None:
        """Free the place that a task had at its host."""
        with self._changed:
            self._busy[task.host] -= 1
            # A crawl meets any number of hosts; those that nothing is asked of are forgotten.
            if not self._busy[task.host]:
                del self._busy[task.host]
            self._changed.notify()

    def mark_written(self, tasks: Collection[StoredTask]) -> None:
        """Let as many new tasks out as these are, whose outcomes are written."""
        with self._changed:
            self._count_out(tasks)
            self._changed.notify(len(tasks) + 1)

    def _count_out(self, tasks: Collection[StoredTask]) -> None:
        pictures = sum(task.is_picture for task in tasks)
        self._pictures_out -= pictures
        self._pages_out -= len(tasks) - pictures
        if not self._pages_out:
            self._pictures_begin_at = NEVER

    def drop(self, host: str) -> list[StoredTask]:
        """Take back all that is ready of one host."""
        with self._changed:
            lanes = (self._lanes.pop(Lane(host, is_picture), ()) for is_picture in (False, True))
            tasks = [task for lane_tasks in lanes for task in lane_tasks]
            self._ready_count -= len(tasks)
            tasks += [entry.task for entry in self._postponed if entry.task.host == host]
            self._postponed = [entry for entry in self._postponed if entry.task.host != host]
            heapq.heapify(self._postponed)
            return tasks

    def close(self) -> None:
        """Send the threads home."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
