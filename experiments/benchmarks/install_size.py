"""How much room prodcat takes once it is installed, library by library.

    python -m experiments.benchmarks.install_size --markdown docs/reports/install-size.md

It is installed from this checkout into clean virtual environments, alone, with ``[bulk]`` and with
``[serve]``, in the versions of ``constraints.txt``. Counted is every installed file but the byte
code that Python adds by itself. It ends with status 1 where the install alone is larger than the
unzipped package of an AWS Lambda function may be.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from experiments.benchmarks.answering.cases import REPOSITORY
from experiments.benchmarks.section import Section, show_sections
from prodcat.errors import ProdcatError, RunError
from prodcat.files import write_json
from prodcat.wording import ABSENT

LIMIT_BYTES = 262_144_000
"""250 MiB: what an AWS Lambda function may have, unzipped."""
ALONE = "prodcat"
INSTALLS = {
    ALONE: str(REPOSITORY),
    **{f"prodcat[{extra}]": f"{REPOSITORY}[{extra}]" for extra in ("bulk", "serve")},
}
MODEL = "prodcat/models/"
OTHER = "of no library"
"""Files that no library lists as its own."""

Sizes = dict[str, int]
"""Library → the bytes of its files."""


def main() -> None:
    """Measure, print the table, and write it if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, help="where to write the bytes of each library")
    parser.add_argument("--markdown", type=Path, help="where to write the table as a page")
    options = parser.parse_args()
    try:
        found = {name: measure(what) for name, what in INSTALLS.items()}
    except ProdcatError as error:
        sys.exit(f"Error: {error}")
    if options.json:
        write_json(options.json, found, indent=1)
    show_sections("How much room it takes", [verdict(found)], [lay_out(found)], options.markdown)
    sys.exit(0 if total(found[ALONE]) <= LIMIT_BYTES else 1)


def measure(what: str) -> dict[str, Any]:
    """Install something into a clean environment, and return what takes how much room."""
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "environment"
        run([sys.executable, "-m", "venv", "--without-pip", str(environment)])
        install(environment, what)
        (packages,) = environment.glob("lib/python*/site-packages")
        return {"sizes": sizes(packages), "versions": versions(packages)}


def install(environment: Path, what: str) -> None:
    """Install by uv where it is there, and by pip where not or where it fails.

    Raises:
        RunError: If both fail.
    """
    python = next(environment.glob("bin/python"))
    chosen = ["-q", "-c", str(REPOSITORY / "constraints.txt"), what]
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is not None:
        try:
            run([uv, "pip", "install", "--python", str(python), *chosen])
        except RunError:
            pass
        else:
            return
    run([sys.executable, "-m", "pip", "--python", str(python), "install", *chosen])


def run(command: Sequence[str]) -> None:
    """Run a command.

    Raises:
        RunError: If it fails.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
        raise RunError(f"{' '.join(command[:3])} failed: {said[-1]}")


def sizes(packages: Path) -> Sizes:
    """Sum up the bytes of each library, the bundled model apart, largest first."""
    left = {file for file in packages.rglob("*") if is_counted(file)}
    found: Sizes = {}
    for library in distributions(path=[str(packages)]):
        files = own_files(library) & left
        left -= files
        model = {file for file in files if MODEL in file.relative_to(packages).as_posix()}
        found[library.name.lower()] = size(files - model)
        if model:
            found[f"{library.name.lower()}, bundled model"] = size(model)
    if left:
        found[OTHER] = size(left)
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def own_files(library: Distribution) -> set[Path]:
    """Return the files that a library lists as its own."""
    return {Path(str(library.locate_file(file))).resolve() for file in library.files or ()}


def is_counted(file: Path) -> bool:
    """Tell what is installed from what Python makes of it later."""
    return file.is_file() and "__pycache__" not in file.parts


def size(files: set[Path]) -> int:
    """Sum up the bytes of files."""
    return sum(file.stat().st_size for file in files)


def versions(packages: Path) -> dict[str, str]:
    """Return the version of each library."""
    return {each.name.lower(): each.version for each in distributions(path=[str(packages)])}


def total(found: Mapping[str, Any]) -> int:
    """Return the bytes of an install."""
    return sum(found["sizes"].values())


def verdict(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Hold the install against the limit, in a sentence."""
    taken = total(found[ALONE])
    fits = "less than" if taken <= LIMIT_BYTES else "MORE than"
    return (
        f"`pip install prodcat` takes {taken:,} bytes, {fits} the {LIMIT_BYTES:,} (250 MiB) that"
        f" an AWS Lambda function may have unzipped: {100 * taken / LIMIT_BYTES:.0f} % of them."
        " Counted are all installed files but the byte code that Python adds by itself."
    )


def lay_out(found: Mapping[str, Mapping[str, Any]]) -> Section:
    """Return the table: a row for each library, a column for each install."""
    names = dict.fromkeys(name for one in found.values() for name in one["sizes"])
    known = {name: number for one in found.values() for name, number in one["versions"].items()}
    rows = [
        [name, known.get(name, ""), *(megabytes(one["sizes"].get(name)) for one in found.values())]
        for name in names
    ]
    rows.append(["in all", "", *(megabytes(total(one)) for one in found.values())])
    headings = ("library", "version", *(f"{name}, MB" for name in found))
    return Section("By library", "1 MB is 1,000,000 bytes.", headings, rows)


def megabytes(size: int | None) -> str:
    """Write bytes as megabytes.

    >>> megabytes(1_250_000), megabytes(None)
    ('1.25', '–')
    """
    return ABSENT if size is None else f"{size / 1e6:,.2f}"


if __name__ == "__main__":
    main()
