"""What every step of a training works with."""

from dataclasses import dataclass

from prodcat.config import RunConfig
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LearningTask
from prodcat.runs.directory import RunDir


@dataclass(frozen=True)
class RunContext:
    """One run: what it learns from, as what, how, and where it writes."""

    corpus: Corpus
    """Open for as long as the run lasts."""
    task: LearningTask
    config: RunConfig
    run: RunDir

    @property
    def reads(self) -> bool:
        """Whether the model reads names and descriptions."""
        return self.config.text.encoder != "none"

    @property
    def sees(self) -> bool:
        """Whether it reads pictures."""
        return self.config.image.encoder != "none"
