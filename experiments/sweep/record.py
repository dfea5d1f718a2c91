"""What a sweep remembers between its starts: ``sweep.json``, and the lock beside it."""

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from prodcat.errors import RunError
from prodcat.files import lock_file, write_json

State = Literal["waiting", "running", "finished", "failed", "interrupted", "pruned", "blocked"]
FORMAT = 1


@dataclass
class Entry:
    """What is known of one run."""

    state: State = "waiting"
    kind: str = ""
    note: str = ""
    """What a search tries in it."""
    settings: str = ""
    """Fingerprint of the settings of the last attempt."""
    attempts: int = 0
    seconds: float = 0.0
    """Of all attempts together."""
    exit_code: int | None = None
    """Of the last attempt; 128 and more for signals."""
    error: list[str] = field(default_factory=list)
    """Why it failed: the last lines of its output, or one line of ours."""
    made_of: dict[str, str] = field(default_factory=dict)
    """Of each run that it needs, a fingerprint of that run's measures."""
    epochs: int | None = None
    val_macro_f1: float | None = None
    val_accuracy: float | None = None


class Record:
    """The entries of all runs, written to a file at each change."""

    def __init__(self, file: Path) -> None:
        """Read what is there.

        Raises:
            RunError: If the file is none of a sweep's.
        """
        self.file = file
        self.entries: dict[str, Entry] = {}
        if not file.is_file():
            return
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            self.entries = {str(name): _read_entry(entry) for name, entry in data["runs"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise RunError(
                f"{file} is not the record of a sweep ({error}). Remove it to go on: finished"
                " runs are still known by their folders."
            ) from error
        for entry in self.entries.values():
            if entry.state == "running":  # the sweep was killed
                entry.state = "interrupted"

    def __getitem__(self, name: str) -> Entry:
        return self.entries.setdefault(name, Entry())

    def write(self) -> None:
        """Write the file: whole or not at all."""
        runs = {name: asdict(entry) for name, entry in self.entries.items()}
        write_json(self.file, {"format": FORMAT, "runs": runs})


@contextmanager
def locked(out: Path, *, patience_s: float) -> Generator[tuple[int, ...]]:
    """Keep other sweeps out of a folder.

    Args:
        out: The sweep's folder.
        patience_s: How long to wait for the runs of a killed sweep, which are being stopped.

    Yields:
        The open files that hold the lock, for the keepers of child processes.

    Raises:
        RunError: If another sweep is at work there.
    """
    out.mkdir(parents=True, exist_ok=True)
    give_up = time.monotonic() + patience_s
    while (lock := lock_file(out / "sweep.lock")) is None:
        if time.monotonic() > give_up:
            raise RunError(f"Another sweep is at work in {out}. Wait for it, or stop it.")
        time.sleep(0.2)
    with lock:
        yield (lock.fileno(),)


def _read_entry(data: dict[str, Any]) -> Entry:
    known = {f.name for f in fields(Entry)}
    entry = Entry(**{key: value for key, value in data.items() if key in known})
    if entry.state not in get_args(State):
        raise ValueError(f"there is no state {entry.state!r}")
    return entry
