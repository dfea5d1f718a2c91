"""A run as a process of its own, that neither outlives the sweep nor takes it along.

Between the two stands a keeper: this file, run as a script. It starts the command in a process
group and holds one end of a pipe. The other end closes when the sweep stops the run, and also
when the sweep is killed in whatever way; then the keeper ends the whole group, with all the
processes that the command has started. Until that is done the keeper also holds the sweep's
lock, so that no other sweep goes on with a run that is still being stopped.
"""

import ctypes
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

GRACE_S = 10.0
"""How long a command may take to stop by itself."""
TAIL_BYTES = 16_384
_CODES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Child:
    """A command that is running, its output going to a log."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        keep_open: Sequence[int] = (),
    ) -> None:
        """Start it.

        Args:
            command: Program and arguments.
            log: File to write to, after what is there.
            environment: Variables beside those of this process.
            keep_open: Files that the keeper keeps open until the command has ended.
        """
        self.log = log
        self.began = time.monotonic()
        with log.open("ab") as stream:
            stream.write(f"$ {' '.join(command)}\n".encode())
            stream.flush()
            self._log_start = stream.tell()
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", str(Path(__file__).resolve()), *command],
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=stream,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
                start_new_session=True,
                pass_fds=tuple(keep_open),
            )

    @property
    def exit_code(self) -> int | None:
        """Its exit code, 128 and more for signals; None while it runs."""
        code = self._keeper.poll()
        if code is not None:
            self._close_pipe()
        return code

    @property
    def seconds(self) -> float:
        """How long ago it was started."""
        return time.monotonic() - self.began

    def ask_to_stop(self) -> None:
        """Have it stopped, without waiting for it."""
        self._close_pipe()

    def stop(self) -> None:
        """Stop it and all that it has started, and wait until they are gone."""
        self._close_pipe()
        self._keeper.wait()

    def last_lines(self, count: int = 1) -> list[str]:
        """Return the last lines of its output that are not empty."""
        return last_lines(self.log, count, start=self._log_start)

    def _close_pipe(self) -> None:
        if self._keeper.stdin is not None and not self._keeper.stdin.closed:
            self._keeper.stdin.close()


def last_lines(file: Path, count: int, *, start: int = 0) -> list[str]:
    """Return the last lines of a file that are not empty, each cut at 300 characters.

    What moves a terminal's cursor or colours its text is left out.
    """
    try:
        with file.open("rb") as stream:
            stream.seek(max(start, stream.seek(0, os.SEEK_END) - TAIL_BYTES))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return []
    # A bar that is drawn over again is lines to us.
    lines = [_CODES.sub("", line).strip() for line in text.replace("\r", "\n").splitlines()]
    return [line[:300] for line in lines if line][-count:]


def keep(command: Sequence[str]) -> int:
    """Run a command until it ends or the pipe at standard input closes; return its exit code."""
    die_with_keeper = _die_with_parent()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=die_with_keeper,  # safe, as no other thread runs yet
    )

    def stop(*_: object) -> None:
        signal_group(process.pid, signal.SIGTERM)
        threading.Timer(GRACE_S, signal_group, (process.pid, signal.SIGKILL)).start()

    def watch() -> None:
        while os.read(0, 1024):
            pass
        stop()

    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=watch, daemon=True).start()
    code = process.wait()
    signal_group(process.pid, signal.SIGKILL)  # what the command has left behind
    return code if code >= 0 else 128 - code


def signal_group(group: int, number: int) -> None:
    """Send a signal to a process group, if there is still one."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _die_with_parent() -> Callable[[], object] | None:
    """Return what a new process calls to be killed with its parent; only Linux has it."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG
    return lambda: libc.prctl(set_parent_death_signal, signal.SIGKILL)


if __name__ == "__main__":
    # Without the interpreter's own end, which would wait for the threads.
    os._exit(keep(sys.argv[1:]))
