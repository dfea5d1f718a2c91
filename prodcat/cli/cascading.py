"""The command that makes one model of two."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from collections.abc import Sequence
from pathlib import Path

import click

from prodcat.cli.options import promise_options
from prodcat.cli.tables import chief_measures_table
from prodcat.screen import PATH, say, show


@click.command()
@click.argument("small", type=PATH)
@click.argument("large", type=PATH)
@click.argument("corpus", type=PATH)
@click.option("--out", type=PATH, required=True, metavar="FOLDER", help="The new model directory.")
@click.option(
    "--gate",
    type=click.FloatRange(0.0, 1.0),
    metavar="PROBABILITY",
    help="From which on SMALL's answer is enough.  [default: chosen on validation]",
)
@click.option(
    "--text-gate",
    type=click.FloatRange(0.0, 1.0),
    metavar="PROBABILITY",
    help="The same of its answer to the text alone, for which no picture is looked at.  [default:"
    " chosen on validation]",
)
@click.option(
    "--accuracy",
    type=float,
    metavar="SHARE",
    help="What answers keep where nobody asks for another.  [default: that of LARGE]",
)
@promise_options
def cascade(
    small: Path,
    large: Path,
    corpus: Path,
    out: Path,
    gate: float | None,
    text_gate: float | None,
    accuracy: float | None,
    confidence: float,
    changes: Sequence[str],
) -> None:
    """Make one model of two: SMALL answers what it is sure of, LARGE all else.

    How sure it has to be is chosen on the validation products of CORPUS, as are the thresholds:
    they hold for what the two answer together. OUT is a model like any other, for every command
    and for `prodcat.predict`. Its embeddings are those of LARGE.

    \b
    prodcat cascade runs/student runs/shop build/shop.db --out runs/cascade
    """
    from tempfile import TemporaryDirectory

    from prodcat.config import load_config
    from prodcat.corpus.store import Corpus
    from prodcat.evaluation.card import with_measures
    from prodcat.evaluation.cascading import write_cascade
    from prodcat.evaluation.handovers import choose_handover
    from prodcat.evaluation.recalibrating import recalibrate
    from prodcat.inference.predictor import Predictor
    from prodcat.modeldir.reading import read_model_dir
    from prodcat.modeldir.recalibrating import refuse_existing, with_calibration
    from prodcat.runs.records import RunMetrics

    first, second = Predictor.load(small), Predictor.load(large)
    # Now, rather than after all labelled products were answered; writing asks again.
    refuse_existing(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    settings = load_config(None, changes)
    asked = second.model.default_accuracy if accuracy is None else accuracy
    with (
        Corpus.open(corpus, read_only=True) as opened,
        TemporaryDirectory(prefix=f"{out.name[:50]}.", suffix=".tmp", dir=out.parent) as scratch,
    ):
        building = Path(scratch)
        chosen = choose_handover(
            first,
            second,
            opened,
            settings.data,
            default_accuracy=asked,
            confidence=confidence,
            gate=gate,
            text_gate=text_gate,
        )
        write_cascade(first.model, second.model, chosen.handover, building)
        predictor = Predictor.load(building)
        found = recalibrate(
            predictor, opened, settings.data, default_accuracy=asked, confidence=confidence
        )
        metrics = RunMetrics(sides=found.sides)
        card = with_measures(predictor.model.card or "", metrics, confidence)
        with_calibration(read_model_dir(building), found.calibration, card, out)
    show(chief_measures_table(metrics))
    say(f"The model is in {out}.")
