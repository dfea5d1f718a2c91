"""How long ``import prodcat`` and the first answer of a fresh process take.

    python experiments/benchmarks/startup.py --runs 20 --json startup.json

Every case is a process of its own, timed from outside. The cases take turns, so that
whatever else the machine does falls on all alike; medians are compared.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from prodcat.files import write_json

REPOSITORY = Path(__file__).resolve().parents[2]
IMAGE = REPOSITORY / "prodcat" / "examples" / "running-shoe.jpg"
BASE = "Python alone"

CASES = {
    BASE: "pass",
    "import prodcat": "import prodcat",
    "first answer, name": "import prodcat; prodcat.predict('Men Running Shoes', model=MODEL)",
    "first answer, all": (
        "import prodcat; prodcat.predict('Men Running Shoes', 'For long runs', IMAGE, model=MODEL)"
    ),
    "prodcat --help": "from prodcat.cli import main; main(['--help'], standalone_mode=False)",
}
LIMITS_S = {"import prodcat": 0.15, "first answer, name": 1.5, "first answer, all": 1.5}
"""What the project promises beyond the time of Python alone."""


def main() -> None:
    """Measure, print a table, and write the times if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="processes for each case")
    parser.add_argument("--model", help="a model directory; the bundled one if not given")
    parser.add_argument("--json", type=Path, help="where to write all times")
    options = parser.parse_args()
    times = measure(options.runs, options.model)
    Console().print(table(times))
    if options.json:
        facts = {"machine": machine(), "runs": options.runs, "seconds": times}
        write_json(options.json, facts, indent=1)


def measure(runs: int, model: str | None) -> dict[str, list[float]]:
    """Return the seconds of each run of each case."""
    given = f"MODEL, IMAGE = {model!r}, {str(IMAGE)!r}"
    return take_turns({name: f"{given}\n{code}" for name, code in CASES.items()}, runs)


def take_turns(codes: Mapping[str, str], runs: int) -> dict[str, list[float]]:
    """Return the seconds of each run of each code; one run of each before does not count."""
    times: dict[str, list[float]] = {name: [] for name in codes}
    for run in range(-1, runs):
        for name, code in codes.items():
            seconds = time_process(code)
            if run >= 0:
                times[name].append(seconds)
    return times


def time_process(code: str) -> float:
    """Return the seconds from starting a process to its end."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True, capture_output=True)
    return time.perf_counter() - began


def table(times: dict[str, list[float]]) -> Table:
    """Compare the medians."""
    base = statistics.median(times[BASE])
    shown = Table()
    for heading in ("case", "median", "least", "most", "beyond Python", "promised"):
        shown.add_column(heading, justify="left" if heading == "case" else "right")
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        limit = LIMITS_S.get(name)
        shown.add_row(
            name,
            *(f"{1000 * s:.0f} ms" for s in (middle, min(seconds), max(seconds), middle - base)),
            f"{1000 * limit:.0f} ms" if limit else "",
        )
    return shown


def machine() -> dict[str, str | int | None]:
    """Tell on what it was measured."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cpus": os.cpu_count(),
    }


if __name__ == "__main__":
    main()
