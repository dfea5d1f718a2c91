"""Commands for the trees of a corpus, and for going over from one to another."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prodcat.cli.options import json_option
from prodcat.screen import PATH, build_table, progress_bar, say, show_or_json
from prodcat.wording import ABSENT, shorten

if TYPE_CHECKING:
    from rich.table import Table

    from prodcat.corpus.trees import TreeFacts
    from prodcat.migrating.migrating import Migrated
    from prodcat.migrating.model import MovedModel

NOT_CARRIED_OUT = 3
"""Exit code of a change that was only shown, since a category has no answer."""
LISTED = 20
PATH_CHARS = 60


@click.command()
@click.argument("corpus", type=PATH)
@click.option("--to", "tree", type=PATH, metavar="FILE", help="The new tree, in any form.")
@click.option("--name", metavar="NAME", help="What it is called.  [default: the file's name]")
@click.option(
    "--mapping", type=PATH, metavar="FILE", help="From the old tree to the new, of `prodcat map`."
)
@click.option(
    "--gone",
    multiple=True,
    metavar="CATEGORY",
    help="A category, by path or id, that the new tree has no place for; repeatable.",
)
@click.option("--gone-rest", is_flag=True, help="So are all that have no counterpart.")
@click.option(
    "--products",
    type=PATH,
    metavar="FILE",
    help="Which category products of a split one belong to: columns id and verdict.",
)
@click.option(
    "--ask",
    type=PATH,
    metavar="FOLDER",
    help="A model of the new tree, to tell the products of split categories apart.",
)
@click.option(
    "--model", type=PATH, metavar="FOLDER", help="A model of the old tree, to move as well."
)
@click.option(
    "--model-out", type=PATH, metavar="FOLDER", help="Where to write it.  [needed with --model]"
)
@click.option(
    "-o",
    "--output",
    "outputs",
    type=PATH,
    multiple=True,
    metavar="FILE",
    help="Report to write: .xlsx, .html or .json; repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done; this is the default.")
@click.option("--yes", is_flag=True, help="Carry it out.")
@click.option("--undo", is_flag=True, help="Take the last change back.")
@click.option("--who", default="", metavar="NAME", help="Who decides so.")
@json_option
def migrate(
    corpus: Path,
    tree: Path | None,
    outputs: tuple[Path, ...],
    model: Path | None,
    model_out: Path | None,
    dry_run: bool,
    yes: bool,
    undo: bool,
    who: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Take CORPUS over to a new category tree: labels, decisions, the queue, and a model.

    Without --yes nothing is written: it shows what becomes of each category - same, renamed, moved,
    merged, split or gone - and of how many products. Categories with products that have no answer
    are to be given one, or to be called gone. Products of a split category stay at what its parts
    have above them, and go into the queue of `prodcat review`.

    Nothing that the shop or people said is overwritten: --undo brings back what was. What later
    imports and crawls say in the old tree is taken to the new one, too.

    \b
    prodcat map shop.db new-tree.txt -o mapping.xlsx
    prodcat migrate shop.db --to new-tree.txt --mapping mapping.xlsx -o report.xlsx
    prodcat migrate shop.db --to new-tree.txt --mapping mapping.xlsx --yes
    prodcat migrate shop.db --undo
    prodcat migrate shop.db --to new-tree.txt --mapping mapping.xlsx --yes \\
        --model runs/shop --model-out runs/shop-new
    """
    if undo:
        if tree is not None or dry_run:
            raise click.UsageError("--undo goes with no other option but --who.")
        _undo(corpus, who, as_json=as_json)
        return
    if tree is None:
        raise click.UsageError("Name the new tree with --to, or take the last change back: --undo.")
    if dry_run and yes:
        raise click.UsageError("Give --dry-run or --yes, not both.")
    if (model is None) != (model_out is None):
        raise click.UsageError("--model and --model-out go together.")
    from dataclasses import asdict

    from prodcat.migrating.migrating import unanswered_message
    from prodcat.migrating.prepared import prepare
    from prodcat.migrating.reporting import check_report, write_report
    from prodcat.modeldir.reading import read_model_dir

    inputs = [corpus, tree, *(options[name] for name in ("mapping", "products"))]
    for output in outputs:
        check_report(output)
        if output.exists() and any(e is not None and output.samefile(e) for e in inputs):
            raise click.UsageError(f"The report would take the place of {output}, which is read.")
    with progress_bar("asking the model") as on_progress:
        prepared = prepare(corpus, tree, who=who, on_progress=on_progress, **options)
    moved = None
    if yes and model is not None and model_out is not None:
        migrated, moved = prepared.migrate_with_model(read_model_dir(model), model_out)
    else:
        migrated = prepared.migrate(carry_out=yes)
    for output in outputs:
        write_report(migrated, output)
    data, tables = migrated.to_dict(), list(migration_tables(migrated))
    if moved is not None:
        data["model"] = {**asdict(moved), "folder": str(moved.folder)}
        tables.append(_model(moved))
    show_or_json(data, tables, as_json=as_json)
    if yes:
        if not as_json:
            say(f"{corpus} went over to {migrated.plan.name}; --undo takes it back.")
        return
    if migrated.plan.unanswered:
        say(f"Error: {unanswered_message(migrated.plan)}", err=True)
        sys.exit(NOT_CARRIED_OUT)
    if not as_json:
        say("Nothing was written; the same command with --yes carries it out.")


@click.command()
@click.argument("corpus", type=PATH)
@click.option("--add", type=PATH, metavar="FILE", help="A tree in any form, to be kept.")
@click.option("--name", metavar="NAME", help="What it is called.  [default: the file's name]")
@json_option
def trees(corpus: Path, add: Path | None, name: str | None, as_json: bool) -> None:
    """Show the category trees of CORPUS, or add one.

    The shops' own is always there. Labels are told in the one that counts; `prodcat migrate` goes
    over to another.

    \b
    prodcat trees shop.db
    prodcat trees shop.db --add taxonomy.en-US.txt --name google
    prodcat categorize shop.db -o answers.xlsx --as google --mapping mapping.xlsx
    """
    from dataclasses import asdict

    from prodcat.corpus.store import Corpus
    from prodcat.corpus.trees import keep_tree, list_trees
    from prodcat.trees.tree_files import read_tree

    if name is not None and add is None:
        raise click.UsageError("--name goes with --add.")
    read = None if add is None else read_tree(add)
    with Corpus.open(corpus, read_only=read is None) as opened:
        if read is not None and add is not None:
            keep_tree(opened, name or add.stem, read)
        facts = list_trees(opened)
    show_or_json({"trees": [asdict(fact) for fact in facts]}, [_trees(facts)], as_json=as_json)


def _undo(corpus: Path, who: str, *, as_json: bool) -> None:
    from prodcat.corpus.store import Corpus
    from prodcat.corpus.tree_changes import undo_change

    with Corpus.open(corpus) as opened:
        undone = undo_change(opened, who=who)
    data = {"undone": undone.tree, "tree": undone.back_to, "decisions_lost": undone.lost}
    if as_json:
        show_or_json(data, [], as_json=True)
        return
    say(f"{corpus} is back from {undone.tree} in {undone.back_to or 'the tree of its shops'}.")
    if undone.lost:
        say(
            f"What was decided on {undone.lost:,} products since then has no one category there; it"
            " is kept, and does not count."
        )


def migration_tables(migrated: "Migrated") -> "list[Table]":
    """What becomes of categories and products."""
    from prodcat.migrating.reporting import category_rows, summary_lines

    plan = migrated.plan
    kinds = [(k, n["categories"], n["products"]) for k, n in plan.counts().items()]
    rows = [
        (row[0], shorten(str(row[1]), PATH_CHARS), shorten(str(row[2]), PATH_CHARS), row[3], row[7])
        for row in category_rows(plan)
        if row[0] != "same" and (row[3] or row[4] or row[5])
    ]
    tables = [
        build_table(("", ""), list(summary_lines(migrated)), title=f"to {plan.name}"),
        build_table(("what becomes of them", "categories", "products"), kinds),
    ]
    if rows:
        heads = ("", "category", "new category", "products", "sure")
        more = f", {LISTED} of {len(rows):,}" if len(rows) > LISTED else ""
        title = f"categories with something in them{more}"
        tables.append(build_table(heads, rows[:LISTED], title=title))
    if plan.notes:
        tables.append(build_table(("without a place in these trees",), [(n,) for n in plan.notes]))
    return tables


def _model(moved: "MovedModel") -> "Table":
    facts = {
        "folder": str(moved.folder),
        "categories before": moved.categories,
        "categories now": moved.answered,
        "of those before, without a place": moved.without_place,
        "can be calibrated there": "yes" if moved.is_plain else "no; it answers, and is measured",
    }
    return build_table(("", ""), facts.items(), title="the model")


def _trees(facts: "list[TreeFacts]") -> "Table":
    rows = [
        (
            fact.name or "(the shops' own)",
            fact.categories,
            fact.leaves,
            "yes" if fact.counts else "",
            fact.added_at or ABSENT,
        )
        for fact in facts
    ]
    return build_table(("tree", "categories", "leaves", "counts", "added"), rows)
