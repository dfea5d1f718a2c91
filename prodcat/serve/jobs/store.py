"""The folder of jobs: bounded in number, size and age, and the same for all processes."""

import asyncio
import json
import re
import secrets
import shutil
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from prodcat.errors import InputError
from prodcat.files import whole, write_json
from prodcat.serve.jobs.records import DONE, FAILED, MOVING, QUEUED, READING, RUNNING, Job
from prodcat.serve.settings import Limits

JOB_FILE, PROGRESS_FILE = "job.json", "progress.json"
JOB_ID = re.compile(r"[0-9a-f]{32}")
NAME_CHARACTERS = 200
READING_S = 600.0
"""Age at which nobody can be reading a table any more."""
SUFFIXES = re.compile(
    r"(\.(csv|tsv|tab|txt|json|jsonl|ndjson|parquet|pq|xlsx|xlsm|xls|ods|arrow|feather|ipc))?"
    r"(\.(gz|zip))?$",
    re.IGNORECASE,
)
"""Of what a client calls its table nothing else becomes part of a file's name."""


class NoRoomError(Exception):
    """All jobs that there may be are there, and at work."""


class JobStore:
    """Jobs in a folder, each in one of its own.

    Args:
        folder: Where they lie; it is made where it is not there.
        limits: How many, how large and how old they may be.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder, self.limits = folder, limits
        self._lock = threading.Lock()
        self._coming: dict[str, int] = {}
        """Bytes that are set aside for tables that are on their way."""
        folder.mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        """Leave the jobs to whoever opens the folder next."""

    def remove_all(self) -> None:
        """Remove the folder with all jobs."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, job_id: str) -> Path:
        """Return the folder of a job, whose id is one that we made."""
        assert JOB_ID.fullmatch(job_id)
        return self.folder / job_id

    def get(self, job_id: str) -> Job | None:
        """Return a job as it is now; None where there is none."""
        if not JOB_ID.fullmatch(job_id) or self.path(job_id).is_symlink():
            return None
        data = _read(self.path(job_id) / JOB_FILE)
        if data is None:
            return None
        try:
            job = Job.from_dict(data)
        except InputError:
            return None
        # Whatever else lies there is none of ours, and must not lead out of the folder.
        if job.id != job_id or not SUFFIXES.fullmatch(job.suffix):
            return None
        if job.state == RUNNING:
            progress = _read(self.path(job_id) / PROGRESS_FILE) or {}
            job = replace(
                job,
                done_rows=int(progress.get("done", job.done_rows)),
                total_rows=progress.get("total", job.total_rows),
            )
        return job

    def put(self, job: Job) -> Job:
        """Keep a job as it is now."""
        job = replace(job, changed=time.time())
        write_json(self.path(job.id) / JOB_FILE, job.to_dict())
        return job

    def all(self) -> list[Job]:
        """Return all jobs, the oldest first."""
        jobs = filter(None, (self.get(path.name) for path in self._folders()))
        return sorted(jobs, key=lambda job: (job.created, job.id))

    def next(self) -> Job | None:
        """Return the job that is to be run: one that was interrupted, or the oldest that waits."""
        jobs = self.all()
        for state in (RUNNING, QUEUED):
            for job in jobs:
                if job.state == state:
                    return job
        return None

    async def bring_in(
        self, name: str, body: AsyncIterator[bytes], *, length: int | None = None
    ) -> Job:
        """Keep a table that comes in pieces, as a new job.

        Args:
            name: What the client calls it.
            body: The pieces.
            length: How many bytes will come; None where that is not known.

        Raises:
            NoRoomError: If there is none, and none can be made.
            InputError: If nothing comes.
            OSError: If it cannot be written, such as on a full disk; nothing of it is left.
        """
        most = self.limits.table_bytes
        job_id = await asyncio.to_thread(self._set_aside, most if length is None else length)
        folder = self.path(job_id)
        match = SUFFIXES.search(name)
        suffix = match[0].lower() if match else ""
        now, size = time.time(), 0
        try:
            folder.mkdir(mode=0o700)
            (folder / "pictures").mkdir()
            with (
                whole(folder / f"table{suffix}", sync=False) as temporary,
                temporary.open("wb") as file,
            ):
                async for piece in body:
                    size += len(piece)
                    file.write(piece)
            if not size:
                raise InputError("The table is empty: no byte of it came.")
            shown = " ".join(name.split())[:NAME_CHARACTERS]
            return self.put(Job(job_id, READING, shown, suffix, size, now, now))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            with self._lock:
                del self._coming[job_id]

    def _set_aside(self, size: int) -> str:
        """Make room for a table of so many bytes, and return the id of its job.

        Raises:
            NoRoomError: If those at work, and on their way, take all.
        """
        with self._lock:
            self.sweep()
            jobs = self.all()
            sizes = {path.name: _size(path) for path in self._folders()}
            sizes |= {job_id: max(sizes.get(job_id, 0), n) for job_id, n in self._coming.items()}
            resting = [job for job in jobs if job.state not in MOVING]
            while (
                len(sizes) >= self.limits.jobs
                or sum(sizes.values()) + size > self.limits.jobs_bytes
            ):
                if not resting:
                    raise NoRoomError
                oldest = resting.pop(0)
                self.remove(oldest.id)
                sizes.pop(oldest.id, None)
            job_id = secrets.token_hex(16)
            self._coming[job_id] = size
            return job_id

    def sweep(self) -> None:
        """Remove the jobs that are too old, and folders that are none."""
        ago = time.time() - self.limits.job_age_s
        for path in self._folders():
            job = self.get(path.name)
            if job is not None and job.state == READING and job.changed < time.time() - READING_S:
                self.fail(job, "The service ended while the table was read; send it again.")
            with suppress(OSError):
                changed = job.changed if job else path.stat().st_mtime
                if changed < ago and (job is None or job.state not in (QUEUED, RUNNING)):
                    shutil.rmtree(path, ignore_errors=True)

    def remove(self, job_id: str) -> None:
        """Remove a job with its files."""
        shutil.rmtree(self.path(job_id), ignore_errors=True)

    def fail(self, job: Job, error: str) -> Job:
        """Keep that a job failed, and why."""
        return self.put(replace(job, state=FAILED, error=self.without_paths(job, error)))

    def finish(self, job: Job, result: dict[str, Any]) -> Job:
        """Keep that a job is done."""
        rows = int(result.get("rows", 0))
        result = {key: value for key, value in result.items() if key != "output"}
        done = replace(job, state=DONE, result=result, error=None, done_rows=rows, total_rows=rows)
        return self.put(done)

    def without_paths(self, job: Job, text: str) -> str:
        """Return a message with the client's name of its table in place of ours."""
        folder = self.path(job.id)
        for file, name in ((folder / job.table_name, job.name or "The table"), (folder, "")):
            for path in {str(file), str(file.resolve())}:
                text = text.replace(path, name)
        return text

    def _folders(self) -> Iterator[Path]:
        with suppress(OSError):
            yield from (path for path in self.folder.iterdir() if JOB_ID.fullmatch(path.name))


def _read(file: Path) -> dict[str, Any] | None:
    try:
        data = None if file.is_symlink() else json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.lstat().st_size
    return total
