"""What a run's numbers depend on beside its settings: versions, machine, corpus."""

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from prodcat.corpus.store import Corpus

LIBRARIES = (
    "prodcat",
    "torch",
    "torchvision",
    "transformers",
    "pytorch-lightning",
    "onnxruntime",
    "tokenizers",
    "numpy",
    "pillow",
    "scikit-learn",
)


def identify_corpus(corpus: Corpus, *, seed: int) -> dict[str, Any]:
    """Return what a run on *corpus* depends on, and where reports find its pictures."""
    return {
        "seed": seed,
        "corpus": str(corpus.path.resolve()),
        "corpus_fingerprint": corpus.fingerprint(),
    }


def describe_environment() -> dict[str, Any]:
    """Return the versions and the machine that a run's numbers depend on; torch adds its own."""
    versions = {}
    for library in LIBRARIES:
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            versions[library] = "not installed"
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "versions": versions,
        "commit": _commit(),
        "cpus": os.cpu_count(),
    }


def _commit() -> str | None:
    """Return the commit of a checkout of prodcat; None for an installed package."""
    here = Path(sys.modules["prodcat"].__file__ or "").parent
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607
            cwd=here,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip()
