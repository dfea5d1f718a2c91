"""Commands that train, and that report what was trained."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from prodcat.cli.options import category_options, table_options, threads_option, with_category
from prodcat.cli.tables import chief_measures_table
from prodcat.errors import require
from prodcat.screen import PATH, progress_bar, say, show


@click.command()
@click.argument("source", type=PATH)
@click.option("--out", type=PATH, required=True, metavar="FOLDER", help="The run directory.")
@click.option(
    "--preset",
    default="default",
    show_default=True,
    metavar="NAME",
    help="Settings by name: fast (a minute), default, or best (the longest).",
)
@click.option(
    "--config", type=PATH, metavar="FILE", help="Settings as YAML, which change the preset's."
)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one setting last of all, such as train.lr=1e-3; repeatable.",
)
@click.option(
    "--again", is_flag=True, help="Train anew; a run that is there is kept beside, as FOLDER.1."
)
@table_options
@category_options
@threads_option
def train(
    source: Path,
    out: Path,
    preset: str,
    config: Path | None,
    changes: Sequence[str],
    again: bool,
    threads: int | None,
    columns: Mapping[str, str],
    category: str | None,
    **reading: Any,
) -> None:
    """Train a model on SOURCE, or go on with a run that was interrupted.

    SOURCE is a corpus, or whatever `prodcat import` reads. Of a table a corpus is made beside the
    run, FOLDER.db.

    \b
    prodcat train products.csv --out runs/shop --preset fast
    prodcat train shop.db --out runs/quick --set train.max_epochs=2 --set image.encoder=none
    """
    from prodcat.training.presets import load_preset

    # Before torch, which takes seconds to load: a misspelt setting is told at once.
    settings = load_preset(preset, config, changes)
    torch = require("torch", extra="train")
    # Not used here; the modules below import it plainly, and would end in a traceback.
    require("pytorch_lightning", extra="train")
    from prodcat.training.from_tables import train_on

    if threads is not None:
        torch.set_num_threads(threads)
    with progress_bar("importing") as on_progress:
        result = train_on(
            source,
            out,
            settings,
            reading={**reading, "columns": with_category(columns, category)},
            again=again,
            # Beside the result: standard output has the table alone, to be sent on.
            on_message=lambda line: say(line, err=True),
            on_progress=on_progress,
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
