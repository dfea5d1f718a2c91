"""The services of the benchmark as processes, and what they take of the machine."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
START_S = 60.0


@dataclass(frozen=True)
class Running:
    """A service that runs."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """Return the processor time that it took so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory_mb(self) -> float:
        """Return what it holds in memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


@contextmanager
def running(command: Sequence[str], *, ready: str) -> Iterator[Running]:
    """Run a service as long as the block lasts.

    Args:
        command: Arguments of Python; ``PORT`` stands for its port.
        ready: Path that answers with 200 or 405 when it is ready.
    """
    port = free_port()
    arguments = [str(port) if word == "PORT" else word for word in command]
    process = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + START_S
        while not _answers(f"http://127.0.0.1:{port}{ready}"):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"It does not start: {' '.join(arguments)}")
            time.sleep(0.1)
        yield Running(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except OSError:
        return False
