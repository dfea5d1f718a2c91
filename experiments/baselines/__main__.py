r"""Train a baseline and write the same run directory as a network's, for reports to hold both.

    python -m experiments.baselines build/fashion.db \
        --config experiments/baselines/tfidf_svc_name.yaml --out runs/tfidf_svc_name

An interrupted run starts over: each takes minutes at most. A finished one is left as it is.
"""

import argparse
import logging
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.baselines.config import (
    BagOfWordsConfig,
    BaselineConfig,
    LateFusionConfig,
    NearestConfig,
    baseline_from_dict,
    load_baseline,
)
from experiments.baselines.nearest import NearestProducts
from prodcat.cli.tables import chief_measures_table
from prodcat.config import ExportConfig
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows, LearningTask, build_task
from prodcat.errors import CorpusError, ProdcatError
from prodcat.evaluation.answers import answer_side, has_part, product_of_row, readable_side
from prodcat.evaluation.cost import measure_speed
from prodcat.evaluation.measuring import calibrate, measure_side
from prodcat.evaluation.predictions import write_predictions
from prodcat.runs.directory import RunDir
from prodcat.runs.environment import describe_environment
from prodcat.runs.records import RunMetrics, TrainingFacts
from prodcat.screen import show
from prodcat.training.finish import SPEED_PRODUCTS, describe_data
from prodcat.training.fit import RunResult
from prodcat.training.messages import messages_to
from prodcat.training.trainer import describe_torch

# As a program this module is called __main__, and its messages go with the library's.
logger = logging.getLogger("prodcat.experiments.baselines")

DEFAULT_ACCURACY = ExportConfig().default_accuracy


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--config", type=Path, required=True, help="a YAML with a baseline")
    parser.add_argument("--out", type=Path, required=True, help="the run directory")
    parser.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change one setting, such as baseline.c=10; repeatable",
    )
    options = parser.parse_args(arguments)
    try:
        result = train_baseline(
            options.corpus,
            load_baseline(options.config, options.changes),
            options.out,
            on_message=lambda line: print(line, file=sys.stderr, flush=True),
        )
    except ProdcatError as error:
        sys.exit(f"Error: {error}")
    show(chief_measures_table(result.metrics))
    print(f"The run is in {result.run_dir}.")


def train_baseline(
    corpus: Path,
    config: BaselineConfig,
    run_dir: Path,
    *,
    on_message: Callable[[str], None] | None = None,
) -> RunResult:
    """Train a baseline on a corpus, and measure it as a network is.

    Args:
        corpus: The corpus's file.
        config: Settings.
        run_dir: Where everything is written.
        on_message: Gets a line now and then that says how far it is.

    Raises:
        CorpusError: If the corpus has too little to train on.
        RunError: If the folder holds a run with other settings, or a run that is to be fused
            is missing.
    """
    with messages_to(on_message):
        return _train(corpus, config, RunDir(run_dir))


def _train(corpus: Path, config: BaselineConfig, run: RunDir) -> RunResult:
    run.prepare(config, read=baseline_from_dict)
    if run.finished:
        logger.info("The run in %s is finished.", run.root)
        return RunResult(run.root, run.read_metrics(), already_finished=True)
    reads = not isinstance(config.baseline, NearestConfig)
    sees = isinstance(config.baseline, LateFusionConfig | NearestConfig)
    with Corpus.open(corpus, read_only=True) as opened:
        task = build_task(opened, config.data, reads=reads, sees=sees)
        environment = describe_environment(opened, seed=config.baseline.seed, **describe_torch())
        run.write_environment(environment)
        logger.info(f"{config.baseline.kind}: {len(task.leaf_ids)} categories.")
        answerer, seconds = fit_baseline(task, config, run, opened, environment.corpus_fingerprint)
        metrics = finish_baseline(answerer, opened, task, run, seconds=seconds)
    return RunResult(run.root, metrics)


def fit_baseline(
    task: LearningTask,
    config: BaselineConfig,
    run: RunDir,
    corpus: Corpus,
    fingerprint: str,
) -> tuple[Any, float]:
    """Return a trained baseline, an ``Answerer`` with a size, and the seconds that it took."""
    settings, categories = config.baseline, len(task.leaf_ids)
    if isinstance(settings, LateFusionConfig):
        from experiments.baselines.fusion import load_fusion

        return load_fusion(run.root.resolve().parent, config, fingerprint, task.leaf_ids)
    if isinstance(settings, NearestConfig):
        began = time.monotonic()
        cache = corpus.path.parent / "embeddings"
        alike = NearestProducts(settings, categories, run.root.resolve().parent, cache)
        alike.fit(task.sides["train"], corpus)
        return alike, time.monotonic() - began
    sides = {name: _with_parts(side, settings.reads) for name, side in task.sides.items()}
    for name in ("train", "val"):
        if not sides[name].rows:
            raise CorpusError(f"No product of the side {name} has a {' or '.join(settings.reads)}.")
    began = time.monotonic()
    if isinstance(settings, BagOfWordsConfig):
        from experiments.baselines.bag import BagOfWords

        bag, history = BagOfWords(settings, categories), []

        def on_epoch(row: dict[str, Any]) -> None:
            history.append(row)
            run.write_history(history)
            logger.info(
                f"epoch {row['epoch']}: validation accuracy {row['val_accuracy']},"
                f" macro-F1 {row['val_macro_f1']}"
            )

        bag.fit(sides["train"], sides["val"], on_epoch)
        return bag, time.monotonic() - began
    from experiments.baselines.models import LinearText

    linear = LinearText(settings, categories)
    linear.fit(sides["train"].rows, sides["train"].labels)
    return linear, time.monotonic() - began


def finish_baseline(
    answerer: Any,
    corpus: Corpus,
    task: LearningTask,
    run: RunDir,
    *,
    seconds: float,
) -> RunMetrics:
    """Calibrate and measure a baseline; write the predictions and, last, the measures."""
    sees = "image" in answerer.readable
    sides = {
        name: _with_parts(
            readable_side(task.judged(name), corpus, reads=True, sees=sees), answerer.readable
        )
        for name in ("val", "test")
    }
    logger.info(f"Trained for {seconds:.0f} s; calibrating and measuring.")
    answers = {name: answer_side(answerer, side, corpus, side=name) for name, side in sides.items()}
    calibration = calibrate(answers["val"], task.leaf_paths, default_accuracy=DEFAULT_ACCURACY)
    some = (*sides["test"].rows, *sides["val"].rows)[:SPEED_PRODUCTS]
    history = TrainingFacts.from_history(run.read_history(), best_by="val_macro_f1")
    metrics = RunMetrics(
        data=describe_data(task),
        training=replace(history, seconds=seconds),
        sides={
            name: measure_side(side_answers, calibration, task.leaf_paths)
            for name, side_answers in answers.items()
            if sides[name].rows
        },
        cost=replace(
            measure_speed(answerer, [product_of_row(row, corpus) for row in some]),
            model_bytes=answerer.size,
        ),
    )
    write_predictions(run.predictions, answers, calibration, task.leaf_paths)
    if isinstance(answerer, NearestProducts):
        answerer.write_neighbours(run, sides)
    shutil.rmtree(run.checkpoints, ignore_errors=True)
    run.write_metrics(metrics)
    return metrics


def _with_parts(side: LabelledRows, parts: Sequence[str] | frozenset[str]) -> LabelledRows:
    """Return those products of a side that have any of the parts."""
    return side.take(
        i for i, row in enumerate(side.rows) if any(has_part(row, part) for part in parts)
    )


if __name__ == "__main__":
    main()
