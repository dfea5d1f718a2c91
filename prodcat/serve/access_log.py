"""A line of JSON for each request, without anything of its products."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

logger = logging.getLogger("prodcat.access")


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


def log_as_json() -> None:
    """Log to standard error, a line of JSON each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    for name, level in (("prodcat", logging.INFO), ("uvicorn", logging.WARNING)):
        named = logging.getLogger(name)
        named.handlers, named.propagate = [handler], False
        named.setLevel(level)
