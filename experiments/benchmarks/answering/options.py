"""The options that the benchmarks of speed have in common, and what they tell of the machine."""

import argparse
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from experiments.benchmarks.answering.cases import CONFIG, Setup, find_data, run_apart
from experiments.benchmarks.answering.contestants import check_setup
from experiments.benchmarks.startup import machine
from prodcat import files
from prodcat.errors import InputError, ProdcatError
from prodcat.inference.cores import count_cores
from prodcat.modeldir.reading import read_model_dir

LIBRARIES = (
    *("numpy", "onnxruntime", "tokenizers", "pillow", "pyarrow"),
    *("torch", "torchvision", "transformers", "scikit-learn"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that all of them have."""
    parser.add_argument("--model", help="a model directory; the bundled one if not given")
    parser.add_argument("--config", type=Path, default=CONFIG, help="settings that trained it")
    parser.add_argument("--data", type=Path, help="Parquet file; fashion.parquet if not given")
    parser.add_argument(
        "--encoder", type=Path, help="text encoder for torch; without one it is left out"
    )
    parser.add_argument("--threads", type=int, default=count_cores(), help="of each contestant")
    parser.add_argument("--fit-rows", type=int, help="training products of LinearSVC; all if not")
    parser.add_argument("--json", type=Path, help="where to write all that was measured")
    parser.add_argument("--markdown", type=Path, help="where to write the tables as a page")


@contextmanager
def prepared(options: argparse.Namespace) -> Iterator[Setup]:
    """Check the options, fit the linear classifier, and give what contestants are built from.

    ``options.data`` and ``options.folder``, for what is written meanwhile, are set. What is
    wrong, here or within, ends the process with one line.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            options.folder = Path(folder)
            yield _prepare(options)
    except ProdcatError as error:
        sys.exit(f"Error: {error}")


def _prepare(options: argparse.Namespace) -> Setup:
    if options.threads < 1:
        raise InputError(f"--threads is {options.threads}; give at least 1.")
    options.data = find_data(options.data)
    encoder = str(options.encoder.resolve()) if options.encoder else None
    model = str(Path(options.model).resolve()) if options.model else None
    setup = Setup(options.threads, model, str(options.config.resolve()), encoder)
    check_setup(setup)
    linear = options.folder / "linear.pickle"
    told = {"data": str(options.data), "out": str(linear), "most": options.fit_rows}
    fitted = run_apart("experiments.benchmarks.answering.contestants.fit_linear", setup, **told)
    return replace(setup, linear=str(linear) if fitted else None)


def machine_facts(setup: Setup) -> dict[str, Any]:
    """Tell on what, and of what model, it was measured; no paths and no host."""
    model = read_model_dir(setup.model)
    return {
        **machine(),
        "system": platform.system(),
        "processor": processor(),
        "memory_gb": memory_gb(),
        "threads": setup.threads,
        "model": model.name,
        "fingerprint": model.fingerprint[:12],
        "libraries": {name: found for name in LIBRARIES if (found := installed(name))},
    }


def facts_line(facts: Mapping[str, Any]) -> str:
    """Say it in a sentence or two."""
    libraries = ", ".join(f"{name} {number}" for name, number in facts["libraries"].items())
    memory = f", {facts['memory_gb']} GB of memory" if facts["memory_gb"] else ""
    return (
        f"{facts['processor']}, {facts['cpus']} cores{memory}; {facts['system']}, Python"
        f" {facts['python']}, {libraries}. Model {facts['model']} ({facts['fingerprint']})."
        f" Each contestant has {facts['threads']} threads or workers."
    )


def processor() -> str:
    """Return the processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def memory_gb() -> int | None:
    """Return the machine's memory; None where the system does not tell."""
    try:
        first = Path("/proc/meminfo").read_text().splitlines()[0]
    except OSError:
        return None
    return round(int(first.split()[1]) * 1024 / 1e9)


def installed(library: str) -> str | None:
    """Return a library's version; None if it is not there."""
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def write_json(file: Path | None, facts: Mapping[str, Any]) -> None:
    """Write what was measured, if asked to."""
    if file is not None:
        files.write_json(file, facts, indent=1)
