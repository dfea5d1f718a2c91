"""The command that goes through products which deserve a look."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

import os
import sys
from pathlib import Path

import click

from prodcat.screen import NOTHING_IN_HAND, PATH, say


@click.command()
@click.argument("corpus", type=PATH)
@click.option(
    "--who", default="", metavar="NAME", help="Who decides.  [default: whose login it is]"
)
@click.option(
    "--answers",
    type=PATH,
    metavar="OUT",
    help="Put those into the queue that `prodcat categorize` gave no answer in this file.",
)
@click.option("--new", is_flag=True, help="Put products without a label into the queue.")
@click.option(
    "--category",
    metavar="PATH",
    help="Put the products of this category, and of those below it, into the queue.",
)
@click.option("--words", metavar="WORDS", help="Put products whose names have these words there.")
@click.option("--only-fill", is_flag=True, help="Fill the queue, and ask nothing here.")
@click.option("--limit", type=click.IntRange(min=1), help="Cards to decide on at most.")
def review(
    corpus: Path,
    who: str,
    answers: Path | None,
    new: bool,
    category: str | None,
    words: str | None,
    only_fill: bool,
    limit: int | None,
) -> None:
    """Go through the products of CORPUS that deserve a look, with a key for each decision.

    What is in the queue is what `prodcat check` found, and what these options put there; each
    takes the place of what it put there before. Decisions are kept at once, and none is lost when
    it ends. Several people at once never get the same product.
    The page of `prodcat serve --corpus shop.db`, at /review, shows the same with pictures.

    \b
    prodcat review shop.db
    prodcat review shop.db --answers answers.parquet --who ana
    prodcat review shop.db --category "Shoes > Boots" --limit 50
    prodcat review shop.db --new --only-fill
    """
    from getpass import getuser

    from prodcat.corpus.store import Corpus
    from prodcat.review.desk import Desk
    from prodcat.review.queue import fill
    from prodcat.review.sources import chosen_products, new_products, unsure_products
    from prodcat.review.terminal import Terminal

    with Corpus.open(corpus) as opened:
        put: dict[str, int] = {}
        if answers is not None:
            found = unsure_products(opened, answers)
            put["without an answer"] = fill(opened, found, kinds=["unsure"])
        if new:
            put["without a label"] = fill(opened, new_products(opened), kinds=["new"])
        if category is not None or words is not None:
            found = chosen_products(opened, category=category, words=words or "")
            put["that you chose"] = fill(opened, found, kinds=["chosen"])
        for what, count in put.items():
            say(f"{count:,} cards of products {what} are in the queue.")
        desk = Desk(opened)
        now = desk.progress()
        if not now.done + now.left:
            say(
                "The queue is empty. `prodcat check` fills it with what looks wrong, --new with"
                " products without a label, --answers with those that the model left.",
                err=True,
            )
            raise SystemExit(NOTHING_IN_HAND)
        if only_fill:
            return
        terminal = Terminal(
            *(desk, who or getuser()), read_key=_read_key, read_line=_read_line, write=say
        )
        decided = terminal.run(limit)
        say(f"{decided:,} decided.")


def _read_key() -> str:
    try:
        if sys.platform == "win32" or not sys.stdin.isatty():
            return click.getchar()
        return _read_from_terminal(sys.stdin.fileno())
    except (EOFError, KeyboardInterrupt):
        return ""


def _read_from_terminal(file: int) -> str:
    """Read a key, also one that was pressed before it was waited for, which click throws away."""
    import termios
    import tty

    before = termios.tcgetattr(file)
    try:
        tty.setcbreak(file, termios.TCSADRAIN)
        return os.read(file, 1).decode("ascii", "replace")
    finally:
        termios.tcsetattr(file, termios.TCSADRAIN, before)


def _read_line(question: str) -> str:
    try:
        return str(click.prompt(question, default="", show_default=False, prompt_suffix=""))
    except click.Abort:
        return ""
