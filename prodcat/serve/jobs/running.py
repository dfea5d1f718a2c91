"""Runs jobs one after the other, each in a process of its own, whoever of the service does it."""

import asyncio
import logging
import os
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from prodcat.errors import InputError
from prodcat.files import lock_file
from prodcat.serve.jobs.child import OUTCOME
from prodcat.serve.jobs.records import READY, RUNNING, Job, answers_name
from prodcat.serve.jobs.store import JobStore, _read
from prodcat.serve.metrics import Metrics

logger = logging.getLogger(__name__)

LOCK = "runner.lock"
LOOK_S = 0.3
AGAIN_S = 5.0
SWEEP_S = 300.0
DESCRIBE_S = 60.0
PATIENCE_S = 8.0
"""Time that a client waits for what a table's columns are."""
WRITE_S = 600.0


class JobRunner:
    """Describes tables when they come, and answers those that are started.

    Args:
        store: The jobs.
        model: What to answer with.
        metrics: Told how jobs end.
    """

    def __init__(self, store: JobStore, model: Path | None, metrics: Metrics) -> None:
        self.store, self._model, self._metrics = store, model, metrics
        self._children: dict[str, asyncio.subprocess.Process] = {}
        self._one = asyncio.Semaphore(1)
        """Tables that are described, or written as another file, at once."""
        self._describing: set[asyncio.Task[Job]] = set()
        self._task: asyncio.Task[None] | None = None
        self._lock: IO[bytes] | None = None

    def start(self) -> None:
        """Begin to look for jobs."""
        self._task = asyncio.get_running_loop().create_task(self._look())

    async def stop(self) -> None:
        """Stop; a job that runs is gone on with by whoever starts next."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        for task in list(self._describing):
            task.cancel()
        for child in list(self._children.values()):
            await _end(child)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def described(self, job: Job) -> Job:
        """Return a job with what its columns are, or as it is after a while: still being read."""
        task = asyncio.get_running_loop().create_task(self.describe(job))
        self._describing.add(task)
        task.add_done_callback(self._describing.discard)
        try:
            return await asyncio.wait_for(asyncio.shield(task), PATIENCE_S)
        except TimeoutError:
            return self.store.get(job.id) or job

    async def describe(self, job: Job) -> Job:
        """Find out which column of a job's table is what."""
        async with self._one:
            outcome = await self._child(job, "describe", timeout_s=DESCRIBE_S)
        now = self.store.get(job.id)
        if now is None or now.state != job.state:  # removed, or cancelled, meanwhile
            return now or job
        if "table" not in outcome:
            return self.store.fail(job, outcome["error"])
        table = outcome["table"]
        for name in ("told", "remarks", "read_as"):
            table[name] = [self.store.without_paths(job, line) for line in table[name]]
        return self.store.put(replace(job, state=READY, table=table, error=None))

    async def answers(self, job: Job, format: str) -> Path:
        """Return the file of a finished job's answers; written now, if not yet of this kind.

        Raises:
            InputError: If it cannot be written, such as when it has too many rows for a sheet.
        """
        file = self.store.path(job.id) / answers_name(format)
        async with self._one:
            if file.is_symlink() or not file.is_file():
                outcome = await self._child(job, "answer", format=format, timeout_s=WRITE_S)
                if "result" not in outcome:
                    raise InputError(self.store.without_paths(job, outcome["error"]))
        return file

    async def _ended(self, child: asyncio.subprocess.Process, job: Job) -> None:
        """Wait for a process, and end it when its job is something else, or removed, by anyone."""
        while child.returncode is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(child.wait()), LOOK_S)
            now = self.store.get(job.id)
            # Also one that was cancelled and started again since: it is begun in its new way.
            if now is None or now.state != job.state:
                await _end(child)

    async def _look(self) -> None:
        """Run what is to be run, as long as no other process does."""
        loop, swept = asyncio.get_running_loop(), -SWEEP_S
        while True:
            wait_s = LOOK_S
            try:
                if self._lock is None:
                    self._lock = lock_file(self.store.folder / LOCK)
                if self._lock is not None:
                    if loop.time() - swept > SWEEP_S:
                        swept = loop.time()
                        await loop.run_in_executor(None, self.store.sweep)
                    if (job := self.store.next()) is not None:
                        await self._run(job)
                        continue
            except OSError as error:
                # A full disk, or no process to be had: jobs wait for it to pass.
                logger.error("Jobs cannot go on, and are tried again in %g s: %s", AGAIN_S, error)
                wait_s = AGAIN_S
            await asyncio.sleep(wait_s)

    async def _run(self, job: Job) -> None:
        job = self.store.put(replace(job, state=RUNNING, error=None))
        outcome = await self._child(job, "answer", format=job.options.format)
        now = self.store.get(job.id)
        if now is None or now.state != RUNNING:
            self._metrics.jobs.labels("cancelled").inc()
            if now is None:  # what the process wrote while it was removed
                self.store.remove(job.id)
        elif "result" in outcome:
            self.store.finish(job, outcome["result"])
            self._metrics.jobs.labels("done").inc()
        else:
            self.store.fail(now, outcome["error"])
            self._metrics.jobs.labels("failed").inc()

    async def _child(
        self, job: Job, what: str, *, format: str = "", timeout_s: float | None = None
    ) -> dict[str, Any]:
        folder = self.store.path(job.id)
        with suppress(OSError):
            (folder / OUTCOME).unlink()
        model = "" if self._model is None else str(self._model.absolute())
        memory = str(self.store.limits.job_memory_bytes)
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "prodcat.serve.jobs.child", what, str(folder), format, model, memory),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": str(folder), "OMP_NUM_THREADS": "1"},
        )
        self._children[job.id] = child
        try:
            await asyncio.wait_for(self._ended(child, job), timeout_s)
        except TimeoutError:
            return {
                "error": "The table took too long to read. Send a smaller one, or another kind."
            }
        finally:
            await _end(child)
            self._children.pop(job.id, None)
        outcome = _read(folder / OUTCOME) or {
            "error": "The process that read the table was ended, perhaps for lack of memory."
            " Cut the table into several."
        }
        if (trace := outcome.pop("trace", None)) is not None:
            logger.error("Job %s met a fault of ours: %s", job.id, trace)
        if model and "error" in outcome:
            outcome["error"] = outcome["error"].replace(model, "the model's folder")
        return outcome


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
