"""Late fusion: the mean of what several runs say, each by the parts that it reads."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from experiments.baselines.config import BaselineConfig, LateFusionConfig
from prodcat.config import DataConfig
from prodcat.decision.scores import Scores
from prodcat.decision.temperature import softmax
from prodcat.errors import ConfigError, RunError
from prodcat.inference.predictor import Predictor
from prodcat.product import PARTS, Product
from prodcat.runs.directory import RunDir
from prodcat.settings import build_section, config_to_dict

LEAST_PROBABILITY = 1e-9
"""What a leaf gets that a run does not know, so that its logarithm is finite."""


class LateFusion:
    """The mean of calibrated probabilities; an ``Answerer``."""

    def __init__(self, predictors: Sequence[Predictor], leaf_ids: Sequence[str]) -> None:
        self.predictors, self.categories = predictors, len(leaf_ids)
        self.readable = frozenset[str]().union(*(p.readable for p in predictors))
        numbers = {leaf: i for i, leaf in enumerate(leaf_ids)}
        self._places: list[NDArray[np.int64]] = []
        for predictor in predictors:
            if unknown := [leaf for leaf in predictor.model.labels if leaf not in numbers]:
                raise RunError(
                    f"{predictor.model.folder} knows the category {unknown[0]!r}, which has too"
                    " few training products here; late fusion needs runs on the same products."
                )
            self._places.append(np.array([numbers[leaf] for leaf in predictor.model.labels]))

    def score(self, products: Sequence[Product]) -> Scores:
        """Return the logits as scores without further views."""
        return Scores(self.logits(products))

    def logits(self, products: Sequence[Product]) -> NDArray[np.float32]:
        """Return logarithms of the mean probabilities, (N, C).

        A product that lacks what a run reads goes by the others alone.
        """
        total = np.zeros((len(products), self.categories))
        asked = np.zeros((len(products), 1))
        for predictor, places in zip(self.predictors, self._places, strict=True):
            used = [parts_of(product, predictor.readable) for product in products]
            rows = np.array([i for i, parts in enumerate(used) if parts], dtype=np.int64)
            if not len(rows):
                continue
            logits = predictor.logits([products[i] for i in rows])
            calibration = predictor.model.calibration
            temperatures = [calibration.for_parts(used[i]).temperature for i in rows]
            total[np.ix_(rows, places)] += softmax(logits / np.array(temperatures)[:, None])
            asked[rows] += 1
        probs = total / np.maximum(asked, 1)
        return np.log(np.maximum(probs, LEAST_PROBABILITY)).astype(np.float32)

    @property
    def size(self) -> int:
        """Bytes of the runs' model directories."""
        folders = [predictor.model.folder for predictor in self.predictors]
        return sum(file.stat().st_size for folder in folders for file in folder.iterdir())


def parts_of(product: Product, readable: frozenset[str]) -> tuple[str, ...]:
    """Return which parts a product has of those that are read."""
    return tuple(part for part in PARTS if part in readable and getattr(product, part))


def load_fusion(
    folder: Path, config: BaselineConfig, fingerprint: str, leaf_ids: Sequence[str]
) -> tuple[LateFusion, float]:
    """Load the runs to fuse.

    Args:
        folder: Where their run directories lie.
        config: Names them.
        fingerprint: Of the corpus; the runs must have learnt from the same one.
        leaf_ids: Category of each logit, (C,).

    Returns:
        The fusion, and the seconds that all of its runs together trained.

    Raises:
        RunError: If a run is not there, not finished, or learnt from other products.
    """
    assert isinstance(config.baseline, LateFusionConfig)
    predictors, seconds = [], 0.0
    for name in config.baseline.runs:
        run = RunDir(folder / name)
        if not run.finished or not run.model.is_dir():
            raise RunError(
                f"Late fusion needs the finished run {run.root} with its model."
                f" Train it first, or name other runs with --set 'baseline.runs=[...]'."
            )
        if different := _difference(run, config.data, fingerprint):
            raise RunError(
                f"{run.root} learnt from other products ({different}), so judging it here could"
                " judge it on what it has learnt. Train it on this corpus, with these settings."
            )
        predictors.append(Predictor.load(run.model))
        seconds += run.read_metrics().training.seconds or 0.0
    return LateFusion(predictors, leaf_ids), seconds


def _difference(run: RunDir, data: DataConfig, fingerprint: str) -> str:
    """Say in what a run's products differ; empty where they do not."""
    try:
        environment: dict[str, Any] = json.loads(run.environment.read_text(encoding="utf-8"))
        settings = yaml.safe_load(run.config.read_text(encoding="utf-8"))["data"]
        its_data = build_section(DataConfig, settings, "data.")
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError, ConfigError) as error:
        return f"its settings cannot be read: {' '.join(str(error).split())}"
    if environment.get("corpus_fingerprint") != fingerprint:
        return "another corpus, or another state of it"
    ours, its = config_to_dict(data), config_to_dict(its_data)
    # How many processes read the products changes nothing of them.
    changed = [key for key in ours if key != "workers" and ours[key] != its[key]]
    return ", ".join(f"data.{key} is {its[key]} there and {ours[key]} here" for key in changed)
