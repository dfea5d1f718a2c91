"""The command that says why a product got its answer."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from pathlib import Path
from typing import Any

import click

from prodcat.cli.options import answer_options, json_option
from prodcat.screen import PATH, say, show_json


@click.command()
@click.option("--name", help="The product's name.")
@click.option("--desc", "--description", "desc", help="Its description.")
@click.option("--image", type=PATH, metavar="FILE", help="Its picture.")
@answer_options
@click.option(
    "--html", type=PATH, metavar="FILE", help="Write a page with the words and the picture marked."
)
@json_option
def explain(
    *,
    name: str | None,
    desc: str | None,
    image: Path | None,
    html: Path | None,
    as_json: bool,
    model: Path | None,
    **options: Any,
) -> None:
    """Say why a product gets its answer: what its parts did, its words, its picture's places.

    Each is withheld in turn, and the answers are compared. "3 ×" means that the odds of the
    answer are three times as high with it.

    \b
    prodcat explain --name "Nike Men Running Shoes" --image shoe.jpg
    prodcat explain --name "Blue jeans" --description "Straight leg, denim." --html why.html
    prodcat explain --image shoe.jpg --model runs/shop --json
    """
    from prodcat.files import write_text
    from prodcat.inference.cached import cached_predictor

    why = cached_predictor(model).explain(name, desc, image, **options)
    if html is not None:
        write_text(html, why.to_html())
    if as_json:
        show_json(why.to_dict())
    else:
        say(why.text)
