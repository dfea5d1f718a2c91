"""Commands that train, and that report what was trained."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from prodcat.cli.options import threads_option
from prodcat.cli.tables import chief_measures_table
from prodcat.errors import require
from prodcat.screen import PATH, say, show


@click.command()
@click.argument("corpus", type=PATH)
@click.option("--out", type=PATH, required=True, metavar="FOLDER", help="The run directory.")
@click.option("--config", type=PATH, metavar="FILE", help="Settings as YAML.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one setting, such as train.lr=1e-3; repeatable.",
)
@click.option(
    "--again", is_flag=True, help="Train anew; a run that is there is kept beside, as FOLDER.1."
)
@threads_option
def train(
    corpus: Path,
    out: Path,
    config: Path | None,
    changes: Sequence[str],
    again: bool,
    threads: int | None,
) -> None:
    """Train a model on CORPUS, or go on with a run that was interrupted.

    \b
    prodcat train shop.db --out runs/shop
    prodcat train shop.db --out runs/quick --set train.max_epochs=2 --set image.encoder=none
    """
    from prodcat.config import load_config

    # Before torch, which takes seconds to load: a misspelt setting is told at once.
    settings = load_config(config, changes)
    torch = require("torch", extra="train")
    # Not used here; the modules below import it plainly, and would end in a traceback.
    require("pytorch_lightning", extra="train")
    from prodcat.training.fit import train as train_run

    if threads is not None:
        torch.set_num_threads(threads)
    result = train_run(
        corpus,
        settings,
        out,
        again=again,
        # Beside the result: standard output has the table alone, to be sent on.
        on_message=lambda line: say(line, err=True),
    )
    show(chief_measures_table(result.metrics))
    say(f"The model is in {result.run_dir / 'model'}.")


@click.command()
@click.argument("runs", type=PATH, nargs=-1, required=True, metavar="RUN...")
@click.option("--out", type=PATH, required=True, metavar="FOLDER", help="Where to write.")
@click.option(
    "--side",
    type=click.Choice(["test", "val"]),
    default="test",
    show_default=True,
    metavar="SIDE",
    help="Which products to report: test or val.",
)
@click.option("--force", is_flag=True, help="Put runs on other data side by side too, marked.")
@click.option(
    "--pictures/--no-pictures", default=True, help="Show products' pictures.  [default: yes]"
)
@click.option("--excel-pictures", is_flag=True, help="Put them into the workbook too.")
@click.option(
    "--corpus", type=PATH, metavar="FILE", help="Beside which the pictures are, if it has moved."
)
def analyze(runs: Sequence[Path], out: Path, **options: Any) -> None:
    """Report runs, alone or side by side: which is better, where it fails, what it costs.

    RUN is a run directory, or a folder that holds several. Writes a page for the browser,
    Markdown with its charts, an Excel workbook, and the mistakes as CSV.

    \b
    prodcat analyze runs/shop --out report
    prodcat analyze runs/ --out report --no-pictures
    """
    from prodcat.analyze import ReportOptions, report

    chosen = ReportOptions(**options)
    made = report(runs, out, options=chosen, on_message=lambda line: say(line, err=True))
    say(f"The report is in {made.files[0]}.")
