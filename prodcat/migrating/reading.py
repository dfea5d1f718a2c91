"""What people say of a change of the tree, as it stands in files: mappings, names, products."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prodcat.corpus.store import Corpus
from prodcat.corpus.trees import tree_named
from prodcat.errors import InputError
from prodcat.excel.cells import unguarded
from prodcat.migrating.outcomes import PERSON, complete
from prodcat.migrating.plan import Choice
from prodcat.modeldir.reading import ModelDir
from prodcat.product import PathLike
from prodcat.tables.opening import open_format
from prodcat.tables.table_format import reading
from prodcat.tables.words import read_plain
from prodcat.taxonomy.mapping import TreeMapping
from prodcat.taxonomy.tree import Taxonomy
from prodcat.trees.decisions import Names, Place
from prodcat.trees.mapping_files import read_mapping
from prodcat.trees.tree_files import read_tree

logger = logging.getLogger(__name__)

CHOICE_COLUMNS = ("id", "verdict", "who")


@dataclass(frozen=True)
class Mapped:
    """A mapping, and what of its file had no place in the two trees."""

    mapping: TreeMapping
    notes: tuple[str, ...] = ()


def mapped(left: Taxonomy, right: Taxonomy, file: PathLike | None) -> Mapped:
    """Read a mapping, and complete it with what both trees have as it is.

    Args:
        left: The tree that is left.
        right: The tree that is gone to.
        file: As `prodcat map` writes it; None for none.

    Raises:
        InputError: If it cannot be read, or is no mapping.
    """
    if file is None:
        return Mapped(complete(TreeMapping(left, right)))
    read = read_mapping(file, left, right)
    if read.problems and not any(row.counterparts or row.by_person for row in read.mapping):
        raise InputError(
            f"{file} says nothing of these two trees: {read.problems[0]}. It maps other ones; make"
            " one of these with `prodcat map`."
        )
    return Mapped(complete(read.mapping), read.problems)


def categories_named(tree: Taxonomy, names: Iterable[str]) -> list[str]:
    """Return the ids of categories that are named by path or id.

    Raises:
        InputError: If the tree has one of them not.
    """
    finder, ids = Names(tree), []
    for name in names:
        found = finder.find(Place(name, name))
        if found is None:
            raise InputError(f"The tree that counts has no category {name!r:.200}.")
        ids.append(found)
    return ids


def read_choices(file: PathLike, right: Taxonomy) -> tuple[dict[str, Choice], list[str]]:
    """Read which of the categories that their own is split into products belong to.

    Args:
        file: A table with the columns id and verdict, such as the sheet "to review" of a report.
        right: The new tree, whose categories verdicts name by path or id.

    Returns:
        Product → its choice, and a line for each verdict that names nothing.

    Raises:
        InputError: If it cannot be read, or has no such columns.
    """
    path, finder = Path(file), Names(right)
    choices: dict[str, Choice] = {}
    problems = []
    with reading(path):
        table = open_format(path)
        if not {"id", "verdict"} <= set(table.columns):
            raise InputError(f"{path} lacks the columns id and verdict; it has none of products.")
        for line, raw in enumerate(table.rows(CHOICE_COLUMNS, 0), 2):
            cells = {k: unguarded(read_plain(raw.values.get(k))) for k in CHOICE_COLUMNS}
            if not cells["id"] or not cells["verdict"].strip():
                continue
            category = finder.find(Place(cells["verdict"].strip(), cells["verdict"].strip()))
            if category is None:
                problems.append(f"line {line}: the new tree has no {cells['verdict']!r:.200}")
            else:
                choices[cells["id"]] = Choice(category, cells["who"] or PERSON)
    return choices, problems


def read_other_tree(name: str, corpus: PathLike | None) -> Taxonomy:
    """Return the tree that is meant by the path of a file, or by its name in a corpus.

    Raises:
        InputError: If there is neither.
        TaxonomyError: If the file is no tree.
        CorpusError: If the corpus has none of that name.
    """
    if Path(name).exists():
        return read_tree(name)
    if corpus is None:
        raise InputError(
            f"There is no file {name!r:.200}, and no corpus is named that has a tree called so."
        )
    with Corpus.open(corpus, read_only=True) as opened:
        return tree_named(opened, name)


def other_tree_of(
    model: ModelDir, name: str, mapping: PathLike | None, corpus: PathLike | None
) -> TreeMapping:
    """Return the way from the tree that a model answers in to another.

    Args:
        model: Whose answers shall be told in the other tree.
        name: A file of that tree, or its name in *corpus*.
        mapping: A file of what the categories are there; None for what both trees have.
        corpus: Which has trees by name.

    Raises:
        InputError: If there is no such tree, or *mapping* cannot be read.
        TaxonomyError: If the file is no tree.
        CorpusError: If the corpus has none of that name.
    """
    found = mapped(model.answered_taxonomy, read_other_tree(name, corpus), mapping)
    for line in notes_of({str(mapping): found.notes}):
        logger.warning("%s", line)
    return found.mapping


def notes_of(problems: Mapping[str, Iterable[str]]) -> list[str]:
    """Return lines about files, each with the name of its file.

    >>> notes_of({"mapping.xlsx": ["line 2: no category"]})
    ['mapping.xlsx, line 2: no category']
    """
    return [f"{file}, {line}" for file, lines in problems.items() for line in lines]
