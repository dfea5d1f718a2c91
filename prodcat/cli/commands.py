"""The command ``prodcat``: each command reads its options, calls one function, prints."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

import click

from prodcat.cli.answering import categorize_, demo, model, predict
from prodcat.cli.calibrating import calibrate
from prodcat.cli.cascading import cascade
from prodcat.cli.checking import check
from prodcat.cli.corpora import corpus, import_
from prodcat.cli.correcting import corrections
from prodcat.cli.duplicates import duplicates
from prodcat.cli.embedding import embed
from prodcat.cli.evaluating import evaluate
from prodcat.cli.explaining import explain
from prodcat.cli.exploring import explore
from prodcat.cli.learning import learn
from prodcat.cli.mapping import map_
from prodcat.cli.migrating import migrate, trees
from prodcat.cli.reviewing import review
from prodcat.cli.runs import analyze, train
from prodcat.cli.sampling import sample
from prodcat.cli.searching import index_, similar
from prodcat.cli.serving import serve
from prodcat.cli.starting import start
from prodcat.screen import Cli, say, show_logs
from prodcat.version import installed_version


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        say(f"prodcat {installed_version()}")
        ctx.exit()


@click.group(cls=Cli, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Categorize products by name, description and picture, any of them missing.

    \b
    prodcat demo                        see it at work
    prodcat predict --name "Blue jeans" ask for one product
    prodcat categorize new.csv -o answers.parquet
    """
    show_logs()


COMMANDS = (
    *(predict, explain, categorize_, evaluate, import_, corpus),
    *(check, review, corrections, migrate, trees),
    *(map_, start),
    *(train, learn, calibrate, cascade, analyze, explore, embed, index_, similar, duplicates),
    *(serve, model, demo, sample),
)
for command in COMMANDS:
    main.add_command(command)
