"""The model that the service answers with, and how a new one takes its place."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodcat.decision.guarantee import HIGHEST_ACCURACY, LOWEST_ACCURACY
from prodcat.errors import InputError, ModelError, ProdcatError
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.describe import describe_model
from prodcat.modeldir.reading import read_model_dir

logger = logging.getLogger(__name__)

CURVE = tuple(
    accuracy
    for accuracy in (*(round(0.8 + step / 200, 3) for step in range(40)), 0.998, 0.999)
    if LOWEST_ACCURACY <= accuracy <= HIGHEST_ACCURACY
)
"""Accuracies that the curve of a promise is told for."""
TRIAL = {"name": "Blue jeans", "description": "Straight leg, five pockets."}


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model with all that is ever told of it; nothing is read from its folder any more."""

    predictor: Predictor
    """All cores share the work of one product."""
    batches: Predictor
    """The same for batches, each of which is one core's."""
    facts: dict[str, Any]
    card: str | None
    promises: dict[str, list[dict[str, float | None]]]
    """Parts that a product has → points of accuracy, threshold and share that is answered."""

    @property
    def fingerprint(self) -> str:
        """Hash of all that answers depend on."""
        return self.predictor.fingerprint

    def check_rule(self, accuracy: float | None, threshold: float | None) -> None:
        """Refuse what this model cannot promise.

        Raises:
            InputError: If it cannot.
        """
        if (accuracy, threshold) != (None, None):
            self.predictor.predict_many([], accuracy=accuracy, threshold=threshold)


def load(folder: Path | None) -> LoadedModel:
    """Load a model, verify it and let it answer once.

    Raises:
        ModelError: If it is none, was altered, or was replaced meanwhile.
    """
    predictor = Predictor.load(folder)
    predictor.open()
    model = predictor.model
    facts = {key: value for key, value in describe_model(model).items() if key != "folder"}
    loaded = LoadedModel(
        predictor,
        predictor.by_itself(),
        {**facts, "fingerprint": predictor.fingerprint},
        model.card,
        {parts: curve(predictor, parts) for parts in model.calibration.patterns},
    )
    # What is read late, such as the tokenizer, is read here.
    list(predictor.predict_many([TRIAL]))
    if read_model_dir(folder).fingerprint != model.fingerprint:
        raise ModelError(
            f"The model in {model.folder} was replaced while it was loaded; load it again."
        )
    return loaded


def curve(predictor: Predictor, parts: str) -> list[dict[str, float | None]]:
    """Return what a model promises of products with these parts, point by point."""
    pattern = predictor.model.calibration.patterns[parts]
    points: list[dict[str, float | None]] = []
    for accuracy in CURVE:
        try:
            threshold = pattern.for_paths(accuracy).threshold
        except InputError:  # of format 2, which knows a few alone
            continue
        share = pattern.share_answered(accuracy)
        points.append({"accuracy": accuracy, "threshold": threshold, "answered": share})
    return points


class Models:
    """Holds the model in use; a new one takes its place at once, or not at all.

    Args:
        folder: Where the model lies, and a new one will; None for the one of prodcat.
        on_change: Is told of each new model.
    """

    def __init__(
        self, folder: Path | None, on_change: Callable[[LoadedModel], None] | None = None
    ) -> None:
        self.folder = folder
        self._on_change = on_change
        self._lock = threading.Lock()
        self._current = load(folder)
        self._tell()

    @property
    def current(self) -> LoadedModel:
        """The model to answer with; whoever took it may answer with it to the end."""
        return self._current

    def take_up(self) -> bool:
        """Load what lies in the folder now, and tell whether that is another model.

        Raises:
            ModelError: If it cannot be used; the old one stays.
        """
        with self._lock:
            now = self._current.predictor.model.fingerprint
            try:
                if read_model_dir(self.folder).fingerprint == now:
                    return False
                new = load(self.folder)
            except ModelError:
                raise
            except (ProdcatError, OSError, ValueError) as error:
                raise ModelError(f"The model cannot be used: {error}") from error
            self._current = new
            self._tell()
            return True

    def _tell(self) -> None:
        logger.info("Model %s, %s", self._current.facts["name"], self._current.fingerprint[:12])
        if self._on_change is not None:
            self._on_change(self._current)
