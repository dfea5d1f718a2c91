"""The command that goes through products which deserve a look."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

import os
import sys
from pathlib import Path

import click

from prodcat.cli.options import model_option
from prodcat.errors import InputError, require
from prodcat.screen import NOTHING_IN_HAND, PATH, progress_bar, say


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
    "--next",
    "teaching",
    type=click.IntRange(min=1),
    metavar="N",
    help="Put so many products without a label into the queue: those whose labels would teach a"
    " model most.",
)
@click.option(
    "--category",
    metavar="PATH",
    help="Put the products of this category, and of those below it, into the queue.",
)
@click.option("--words", metavar="WORDS", help="Put products whose names have these words there.")
@click.option("--only-fill", is_flag=True, help="Fill the queue, and ask nothing here.")
@click.option("--limit", type=click.IntRange(min=1), help="Cards to decide on at most.")
@model_option
@click.option(
    "--vectors",
    type=PATH,
    metavar="FOLDER",
    help="For --next: where the vectors are, or are made.  [default: beside the corpus, such as"
    " shop.vectors]",
)
def review(
    corpus: Path,
    who: str,
    answers: Path | None,
    new: bool,
    teaching: int | None,
    category: str | None,
    words: str | None,
    only_fill: bool,
    limit: int | None,
    model: Path | None,
    vectors: Path | None,
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
    prodcat review shop.db --next 200
    """
    from getpass import getuser

    from prodcat.corpus.store import Corpus
    from prodcat.review.desk import Desk
    from prodcat.review.queue import fill
    from prodcat.review.sources import chosen_products, new_products, unsure_products
    from prodcat.review.terminal import Terminal

    put: dict[str, int] = {}
    if teaching is not None:
        put["whose labels would teach most"] = _fill_next(corpus, teaching, model, vectors)
    with Corpus.open(corpus) as opened:
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
                " products without a label, --next with those of them that teach most, --answers"
                " with those that the model left.",
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


def _fill_next(corpus: Path, count: int, model: Path | None, vectors: Path | None) -> int:
    """Put the products into the queue that are worth a label most, and return how many."""
    require("torch", extra="train")
    from prodcat.corpus.store import Corpus
    from prodcat.review.next_labels import KIND, next_labels
    from prodcat.review.queue import fill
    from prodcat.training.held_out import answer_held_out
    from prodcat.vectors.corpus import embed_corpus
    from prodcat.vectors.product_vectors import VectorMaker

    with progress_bar("embedding") as on_progress:
        made = embed_corpus(
            corpus, VectorMaker.load(model), folder=vectors, on_progress=on_progress
        )
    with Corpus.open(corpus) as opened, progress_bar("choosing") as on_progress:
        chosen = next_labels(opened, made, answer_held_out, count, on_progress=on_progress)
        return fill(opened, chosen, kinds=[KIND])


def _read_key() -> str:
    try:
        if sys.platform == "win32" or not sys.stdin.isatty():
            return click.getchar()
        return _read_from_terminal(sys.stdin.fileno())
    except (EOFError, KeyboardInterrupt):
        return ""
    except OSError as error:
        raise InputError(
            "There is no terminal here to press keys in. Run it in one, decide on the page of"
            " `prodcat serve`, or fill the queue alone with --only-fill."
        ) from error


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
