"""The command that runs the service."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from pathlib import Path
from typing import Any

import click

from prodcat.cli.options import model_option
from prodcat.screen import PATH, say


@click.command()
@model_option
@click.option(
    "--corpus",
    type=PATH,
    metavar="FILE",
    help="Corpus whose queue people go through at /review, and whose index, if there is one beside"
    " it, is searched for similar products.",
)
@click.option("--index", type=PATH, metavar="FOLDER", help="The index itself, where it is not.")
@click.option(
    "--key-file",
    type=PATH,
    metavar="FILE",
    help="Keys, one in each line; needed where other machines can reach it.",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen at; 0.0.0.0 for all."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 for any."
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes, each with the model for itself; for machines of more than 4 cores.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="HOST",
    help="A name that it is called by, where it has no keys; repeatable.",
)
@click.option(
    "--jobs",
    "jobs_folder",
    type=PATH,
    metavar="FOLDER",
    help="Where tables and their answers are kept.  [default: a folder that goes in the end]",
)
@click.option(
    "--waiting",
    type=click.IntRange(min=1),
    default=48,
    show_default=True,
    help="Products that may wait or be answered at once; beyond it clients are told to come back.",
)
def serve(*, waiting: int, **options: Any) -> None:
    """Answer over HTTP, with a page to try it on.

    It ends on SIGTERM, when all that was accepted is answered, and takes up the model that then
    lies in its folder on SIGHUP.

    \b
    prodcat serve
    prodcat serve --model runs/shop --corpus shop.db --jobs jobs/
    prodcat serve --key-file keys.txt --host 0.0.0.0 --workers 4
    """
    from prodcat.errors import require

    for library in ("fastapi", "uvicorn", "httptools", "python_multipart", "prometheus_client"):
        require(library, extra="serve")
    from prodcat.serve.running import folder_of, serve
    from prodcat.serve.settings import Limits, ServeSettings

    for name in ("model", "corpus", "index", "key_file", "jobs_folder"):
        path: Path | None = options[name]
        options[name] = folder_of(path)
    settings = ServeSettings(**options, limits=Limits(waiting=waiting))
    serve(settings, on_ready=lambda address: say(f"Serving at {address}", err=True))
