"""What is known of a job, as it lies in its folder and as clients see it."""

from dataclasses import asdict, dataclass, field
from typing import Any

from prodcat.errors import InputError

READING, READY, QUEUED, RUNNING = "reading", "ready", "queued", "running"
DONE, FAILED, CANCELLED = "done", "failed", "cancelled"
STATES = (READING, READY, QUEUED, RUNNING, DONE, FAILED, CANCELLED)
MOVING = (READING, QUEUED, RUNNING)
"""States that pass by themselves."""
FORMATS = ("xlsx", "csv", "parquet", "jsonl")


@dataclass(frozen=True)
class JobOptions:
    """How a table is answered."""

    columns: dict[str, list[str]] = field(default_factory=dict)
    """Field → the columns that it is read from, where they are not those that were found."""
    format: str = "xlsx"
    accuracy: float | None = None
    threshold: float | None = None


@dataclass(frozen=True)
class Job:
    """One table and what becomes of it."""

    id: str
    state: str
    name: str
    """What the client calls the table."""
    suffix: str
    bytes: int
    created: float
    """Seconds since 1970, and so all times."""
    changed: float
    table: dict[str, Any] | None = None
    """Which column was read as what; None where that is not known."""
    options: JobOptions = field(default_factory=JobOptions)
    done_rows: int = 0
    total_rows: int | None = None
    result: dict[str, Any] | None = None
    """Counts of the answers, in the end."""
    error: str | None = None

    @property
    def table_name(self) -> str:
        """Name of the table's file in the job's folder."""
        return f"table{self.suffix}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Job":
        """Read what `to_dict` returned.

        Raises:
            InputError: If it is none.
        """
        try:
            return cls(**{**data, "options": JobOptions(**data["options"])})
        except (KeyError, TypeError) as error:
            raise InputError(f"This is no job: {error}.") from error


def answers_name(format: str) -> str:
    """Return the name of the file of answers in a job's folder."""
    return f"answers.{format}"
