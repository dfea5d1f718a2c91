"""Run directories written from literal numbers, as training would write them."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import yaml

from experiments.benchmarks.promises.rules import lowest_threshold
from prodcat.measures.measure import measure
from prodcat.runs.records import Selection
from prodcat.taxonomy.paths import join_path, split_path

PATHS = ("Bags", "Shoes > Boots", "Shoes > Clogs")
GOALS = (0.95, 0.98)
PICTURE = "ab" * 32

CONFIG = {
    "data": {"min_products": 3},
    "text": {"encoder": "/models/MiniLM", "drop": 0.15},
    "train": {"lr": 0.001, "seed": 0},
}


@dataclass
class Answered:
    """What a model says of one side's products."""

    probs: np.ndarray
    """Calibrated, (N, C)."""
    labels: np.ndarray
    """(N,)."""
    ids: list[str] = field(default_factory=list)
    raw: np.ndarray | None = None
    """Before calibration, (N, C)."""
    names: Sequence[str | None] | None = None
    pictures: Sequence[str | None] | None = None
    has: Mapping[str, Sequence[bool]] = field(default_factory=dict)


def draw_side(n: int, *, right: float, seed: int, paths: Sequence[str] = PATHS) -> Answered:
    """Draw answers of which about that share is right, and the surer the more often."""
    rng = np.random.default_rng(seed)
    classes = len(paths)
    labels = np.arange(n) % classes
    # What is hard is hard for every model, as it is in life.
    hard = np.random.default_rng(n).random(n)
    hit = 0.8 * hard + 0.2 * rng.random(n) < right
    best = np.where(hit, labels, (labels + 1 + rng.integers(0, classes - 1, n)) % classes)
    sure = np.where(hit, rng.uniform(0.6, 0.999, n), rng.uniform(0.45, 0.9, n))
    probs = np.repeat(((1 - sure) / (classes - 1))[:, None], classes, axis=1)
    probs[np.arange(n), best] = sure
    return Answered(probs, labels)


def write_run(
    folder: Path,
    *,
    test: Answered | None = None,
    val: Answered | None = None,
    paths: Sequence[str] = PATHS,
    config: Mapping[str, Any] = CONFIG,
    thresholds: Mapping[float, float | None] | None = None,
    fingerprint: str = "0123456789abcdef",
    history: Sequence[Mapping[str, Any]] = ({"epoch": 1, "train_loss": 0.5, "val_loss": 0.75},),
    corpus: str = "/nowhere/shop.db",
    bootstrap: int = 5,
) -> Path:
    """Write a finished run of format 2.

    Args:
        folder: To be made.
        test: Its test products; 60 drawn ones when not given.
        val: Its validation products; likewise.
        paths: Of the leaves that columns of probabilities stand for.
        config: Its settings.
        thresholds: Instead of those that the validation products give.
        fingerprint: Of the corpus.
        history: Rows of ``history.csv``; none for no file.
        corpus: Where the corpus was.
        bootstrap: Draws for the intervals.
    """
    sides = {
        "val": val or draw_side(60, right=0.9, seed=1, paths=paths),
        "test": test or draw_side(60, right=0.9, seed=2, paths=paths),
    }
    if thresholds is None:
        chosen = sides["val"]
        right = chosen.probs.argmax(axis=1) == chosen.labels
        thresholds = {
            g: lowest_threshold(chosen.probs.max(axis=1), right, accuracy=g) for g in GOALS
        }
    folder.mkdir(parents=True)
    rows = [row for side in sides for row in _rows(side, sides[side], paths, thresholds)]
    write_rows(folder / "predictions.parquet", rows)
    (folder / "config.yaml").write_text(yaml.safe_dump(dict(config)), "utf-8")
    environment = {
        "format": 2,
        "python": "3.11.7",
        "versions": {"prodcat": "0.1.0"},
        "device": "cpu",
        "corpus": corpus,
        "corpus_fingerprint": fingerprint,
    }
    (folder / "environment.json").write_text(json.dumps(environment), "utf-8")
    if history:
        with (folder / "history.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(history[0]))
            writer.writeheader()
            writer.writerows(history)
    metrics = {
        "data": {
            "categories": len(paths),
            "taxonomy_version": "abc",
            "products": {"train": 100, "val": len(sides["val"].labels), "test": 60},
            "train_products": {path: 5 * 4**i for i, path in enumerate(paths)},
        },
        "training": {"epochs": 1, "best_epoch": 1, "seconds": 61.5},
        "cost": {"one_product_ms": 4.5, "products_per_s": 800.0, "model_bytes": 34_000_000},
        **{side: _measured(sides[side], paths, thresholds, bootstrap) for side in sides},
    }
    (folder / "metrics.json").write_text(json.dumps(metrics), "utf-8")
    return folder


def write_rows(file: Path, rows: Sequence[Mapping[str, Any]], *, version: str = "2") -> None:
    """Write ``predictions.parquet`` with its types, whatever the rows hold."""
    kinds = dict.fromkeys(("id", "split", "label", "answer", "name", "image_sha256"), "string")
    kinds |= dict.fromkeys(("probability", "raw_probability"), "double")
    kinds |= dict.fromkeys(("threshold_95", "threshold_98"), "double")
    kinds |= dict.fromkeys(("has_name", "has_description", "has_text", "has_image"), "bool")
    schema = [(name, pyarrow.type_for_alias(kind)) for name, kind in kinds.items()]
    schema += [("top", pyarrow.list_(pyarrow.string()))]
    schema += [("top_probability", pyarrow.list_(pyarrow.float64()))]
    made = pyarrow.schema(schema, metadata={"prodcat_format": version})
    with file.open("wb") as stream:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows), schema=made), stream)


def read_rows(file: Path) -> list[dict[str, Any]]:
    """Return the rows of ``predictions.parquet``, to change them and write them back."""
    return pyarrow.parquet.read_table(file).to_pylist()


def forget_accuracy(folder: Path, percent: int) -> None:
    """Make a run one from before that accuracy was asked for."""
    file = folder / "predictions.parquet"
    with file.open("rb") as stream:
        table = pyarrow.parquet.read_table(stream).drop_columns([f"threshold_{percent}"])
    pyarrow.parquet.write_table(table, file)
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    for side in ("val", "test"):
        for measured in metrics[side].values():
            for key in [key for key in measured if key.endswith(f"_at_{percent}")]:
                del measured[key]
    (folder / "metrics.json").write_text(json.dumps(metrics), "utf-8")


def _rows(
    side: str, given: Answered, paths: Sequence[str], thresholds: Mapping[float, float | None]
) -> list[dict[str, Any]]:
    rows = []
    raw = given.probs if given.raw is None else given.raw
    for i, probs in enumerate(given.probs):
        best = np.argsort(-probs, kind="stable")[:5]
        least = thresholds[0.95]
        has = dict.fromkeys(("name", "description", "image"), True)
        has |= {part: bool(values[i]) for part, values in given.has.items()}
        rows.append(
            {
                "id": given.ids[i] if given.ids else f"shop:{side}-{i:04}",
                "split": side,
                "label": paths[given.labels[i]],
                "top": [paths[leaf] for leaf in best],
                "top_probability": probs[best].tolist(),
                "probability": float(probs[best[0]]),
                "raw_probability": float(raw[i].max()),
                "threshold_95": thresholds[0.95],
                "threshold_98": thresholds[0.98],
                "answer": "" if least is None or probs[best[0]] < least else paths[best[0]],
                "name": given.names[i] if given.names else f"Product {i}",
                "image_sha256": given.pictures[i] if given.pictures else PICTURE,
                **{f"has_{part}": here for part, here in has.items()},
                "has_text": has["name"] or has["description"],
            }
        )
    return rows


def _measured(
    given: Answered,
    paths: Sequence[str],
    thresholds: Mapping[float, float | None],
    bootstrap: int,
) -> dict[str, Any]:
    if not len(given.labels):
        return {}
    leaves = [split_path(path) for path in paths]
    assert [join_path(path) for path in leaves] == list(paths)
    measured = measure(
        given.probs, given.labels, leaves, thresholds=thresholds, bootstrap=bootstrap
    )
    return {name: Selection(name, measured).to_dict() for name in ("everything", "name only")}
