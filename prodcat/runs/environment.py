"""``environment.json``: what a run's numbers depend on beside its settings."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from prodcat.errors import AnalyzeError
from prodcat.runs.files import flat_settings
from prodcat.runs.format import FORMAT
from prodcat.runs.values import mapping_or_none, text, whole
from prodcat.wording import clean

if TYPE_CHECKING:
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
MAX_VERSIONS = 200


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Versions, machine, seed and corpus of a run; None where the file does not say."""

    format: int | None = FORMAT
    """Of all files in the run directory."""
    python: str | None = None
    platform: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    """Library → its version, or ``not installed``."""
    commit: str | None = None
    """Of a checkout of prodcat; None for an installed package."""
    cpus: int | None = None
    threads: int | None = None
    device: str | None = None
    seed: int | None = None
    corpus: str | None = None
    """Where the corpus file was: reports find its pictures beside it, and do not show it."""
    corpus_fingerprint: str

    def to_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> "Environment":
        """Read what `to_dict` wrote.

        Raises:
            AnalyzeError: If it does not say which corpus the run learnt from.
        """
        fingerprint = data.get("corpus_fingerprint")
        if not isinstance(fingerprint, str):
            raise AnalyzeError("environment.json does not say which corpus it was trained on")
        # A file may come from anywhere, and a report lists all that is in it.
        versions = islice(mapping_or_none(data.get("versions")).items(), MAX_VERSIONS)
        corpus = data.get("corpus")
        return cls(
            format=whole(data.get("format")),
            python=text(data.get("python")),
            platform=text(data.get("platform")),
            versions={clean(str(library)): clean(str(v)) for library, v in versions},
            commit=text(data.get("commit")),
            cpus=whole(data.get("cpus")),
            threads=whole(data.get("threads")),
            device=text(data.get("device")),
            seed=whole(data.get("seed")),
            corpus=corpus if isinstance(corpus, str) and corpus else None,
            corpus_fingerprint=fingerprint,
        )

    def facts(self) -> dict[str, str]:
        """Return what a report may show, each by its full name."""
        hidden = ("format", "corpus")
        shown = {
            name: value
            for name, value in self.to_dict().items()
            # No commit says something too: it was an installed package.
            if name not in hidden and (value is not None or name == "commit")
        }
        return flat_settings(shown)


def describe_environment(
    corpus: "Corpus", *, seed: int, threads: int | None = None, device: str | None = None
) -> Environment:
    """Return what a run on a corpus depends on.

    Args:
        corpus: What it learns from.
        seed: Of the run.
        threads: That torch computes with.
        device: What torch computes on.
    """
    versions = {}
    for library in LIBRARIES:
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            versions[library] = "not installed"
    return Environment(
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        versions=versions,
        commit=_commit(),
        cpus=os.cpu_count(),
        threads=threads,
        device=device,
        seed=seed,
        corpus=str(corpus.path.resolve()),
        corpus_fingerprint=corpus.fingerprint(),
    )


def _commit() -> str | None:
    """Return the commit of a checkout of prodcat; None for an installed package."""
    package = Path(sys.modules["prodcat"].__file__ or "").parent
    try:
        # Where prodcat lies, and not where the command runs, which may be in another repository.
        # "dirty" says that no commit has what ran.
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607
            cwd=package,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip()
