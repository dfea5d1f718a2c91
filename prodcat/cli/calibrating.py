"""The command that calibrates a model anew."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from collections.abc import Sequence
from pathlib import Path

import click

from prodcat.cli.options import promise_options
from prodcat.cli.tables import chief_measures_table
from prodcat.screen import PATH, say, show


@click.command()
@click.argument("model", type=PATH)
@click.argument("corpus", type=PATH)
@click.option("--out", type=PATH, required=True, metavar="FOLDER", help="The new model directory.")
@click.option(
    "--accuracy",
    type=float,
    metavar="SHARE",
    help="What answers keep where nobody asks for another.  [default: the model's]",
)
@promise_options
def calibrate(
    model: Path,
    corpus: Path,
    out: Path,
    accuracy: float | None,
    confidence: float,
    changes: Sequence[str],
) -> None:
    """Calibrate MODEL anew on the validation products of CORPUS, without training.

    What a model promises holds for products like those it was calibrated on. For another shop
    with the same tree, or after the products changed, label some, import them, and let it prove
    itself on them. The network stays as it is; OUT gets a copy with new temperatures, thresholds
    and card.

    \b
    prodcat calibrate runs/shop/model labelled.db --out shop-model
    prodcat calibrate runs/shop/model labelled.db --out shop-model --accuracy 0.98
    """
    from prodcat.config import load_config
    from prodcat.corpus.store import Corpus
    from prodcat.evaluation.card import with_measures
    from prodcat.evaluation.recalibrating import recalibrate
    from prodcat.inference.predictor import Predictor
    from prodcat.modeldir.recalibrating import refuse_existing, with_calibration
    from prodcat.runs.records import RunMetrics

    predictor = Predictor.load(model)
    # Now, rather than after all labelled products were answered; writing asks again.
    refuse_existing(out)
    # Of a whole configuration `data` alone is used: it says which products are for validation.
    settings = load_config(None, changes)
    asked = predictor.model.default_accuracy if accuracy is None else accuracy
    with Corpus.open(corpus, read_only=True) as opened:
        found = recalibrate(
            predictor, opened, settings.data, default_accuracy=asked, confidence=confidence
        )
    metrics = RunMetrics(sides=found.sides)
    # The card may be missing: it is the one file of a model that nothing checks.
    card = with_measures(predictor.model.card or f"# {predictor.model.name}", metrics, confidence)
    with_calibration(predictor.model, found.calibration, card, out)
    show(chief_measures_table(metrics))
    say(f"The model is in {out}.")
