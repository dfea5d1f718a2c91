"""A line of JSON for each request, without anything of its products."""

import json
import logging
import queue
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO

logger = logging.getLogger("prodcat.access")
WAITING = 10_000
"""Lines that wait to be written."""
FINISH_S = 2.0
"""Time that they have in the end."""


def log_request(facts: dict[str, Any]) -> None:
    """Write a line; facts are of the request, never of what it holds."""
    logger.info("%s", json.dumps({"time": now(), **facts}, ensure_ascii=True))


def now() -> str:
    """Return the time as logs have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class JsonFormatter(logging.Formatter):
    """Whatever else is logged, as JSON too: a collector reads one format."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        if record.name == logger.name:
            return record.getMessage()
        facts = {
            "time": now(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            facts["trace"] = self.formatException(record.exc_info)
        return json.dumps(facts, ensure_ascii=True)


class Patient(logging.Handler):
    """Hands lines to a thread that writes them, so that a log that nobody reads stops no answer.

    Where too many wait lines are dropped, and how many is told by the next that is not.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._lines: queue.Queue[str] = queue.Queue(WAITING)
        self._dropped = 0
        threading.Thread(target=self._write, name="prodcat-log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Put a line into the queue."""
        try:
            self._lines.put_nowait(self.format(record))
        except queue.Full:
            self._dropped += 1

    def finish(self, seconds: float) -> None:
        """Wait for the lines to be written, but not for ever."""
        until = time.monotonic() + seconds
        while self._lines.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.01)

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                line = json.dumps({"time": now(), "dropped_lines": dropped}) + "\n" + line
            with suppress(OSError, ValueError):  # whoever read it is gone
                self._stream.write(line + "\n")
                self._stream.flush()
            self._lines.task_done()


def log_as_json() -> Patient:
    """Log to standard error, a line of JSON each."""
    handler = Patient(sys.stderr)
    handler.setFormatter(JsonFormatter())
    for name, level in (("prodcat", logging.INFO), ("uvicorn", logging.WARNING)):
        named = logging.getLogger(name)
        named.handlers, named.propagate = [handler], False
        named.setLevel(level)
    return handler
