"""Decisions as a table for those who work in a spreadsheet: written out, and taken over."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from prodcat.corpus.corrections import Correction, correct, decisions_of, history, in_force
from prodcat.corpus.opening import translated_errors
from prodcat.corpus.store import Corpus, UpsertCounts
from prodcat.errors import TaxonomyError
from prodcat.excel.cells import guarded
from prodcat.files import write_text
from prodcat.taxonomy.paths import CategoryPath, join_path
from prodcat.taxonomy.tree import Taxonomy

COLUMNS = ("id", "name", "label", "answer", "verdict", "who", "decided_at", "asked")
"""Those of a list of mistakes that `prodcat import` reads, and who decided, when and why."""
NONE_OF_THESE = "none of these"


def write_decisions(corpus: Corpus, file: Path) -> int:
    """Write the decisions that count, a row for each product, as CSV.

    What a spreadsheet would run as a formula gets a ``'`` before it. `prodcat import` reads the
    file back, into the same corpus or into a copy of it.

    Args:
        corpus: Where they are.
        file: Where to; one that is there is replaced.

    Returns:
        How many there are.

    Raises:
        CorpusError: If they cannot be read.
        OSError: If the file cannot be written.
    """
    newest = {one.product_id: one for one in in_force(history(corpus))}
    tree = corpus.taxonomy()
    with translated_errors(corpus.path):
        stated = corpus.db.execute("select id, name, category_id from products order by id")
        rows = [(*row, newest[row[0]]) for row in stated if row[0] in newest]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for product_id, name, label, one in rows:
        verdict = NONE_OF_THESE if one.category_id is None else _path(tree, one.category_id)
        cells = (
            *(product_id, str(name or ""), _path(tree, label), _path(tree, one.said), verdict),
            *(one.who, one.decided_at, one.asked),
        )
        writer.writerow(map(guarded, cells))
    write_text(file, stream.getvalue())
    return len(rows)


def keep_decisions(
    corpus: Corpus, decisions: Mapping[str, CategoryPath], *, who: str, asked: str
) -> UpsertCounts:
    """Keep what a list says is right of each product; what was decided already stays.

    Args:
        corpus: Where the products are.
        decisions: Product → path of its category; empty where none of the tree's is right.
            A path that the tree lacks becomes a category of the product's own source.
        who: Who decided.
        asked: Why it was asked.

    Raises:
        CorpusError: If it cannot be written.
    """
    with corpus.transaction():
        ids = _find_categories(corpus, decisions)
        before = decisions_of(corpus, decisions)
        new = [
            Correction(product_id, ids[path] if path else None, who=who, asked=asked)
            for product_id, path in decisions.items()
        ]
        # An empty text is no category's id, so it stands for no decision.
        new = [one for one in new if before.get(one.product_id, "") != one.category_id]
        correct(corpus, new)
    return UpsertCounts(changed=len(new), unchanged=len(decisions) - len(new))


def _find_categories(
    corpus: Corpus, decisions: Mapping[str, CategoryPath]
) -> dict[CategoryPath, str]:
    """Return the id of each path, those that are new to the tree written into it."""
    tree = corpus.taxonomy()
    known = {tree.path(category): category for category in tree.categories}
    missing: dict[str, set[CategoryPath]] = {}
    for product_id, path in decisions.items():
        if path and path not in known:
            source = product_id.partition(":")[0]
            missing.setdefault(source, set()).add(path)
    for source, paths in sorted(missing.items()):
        corpus.upsert_categories(source, Taxonomy.from_paths(sorted(paths)))
    wanted = set(filter(None, decisions.values()))
    return {path: known.get(path, join_path(path)) for path in wanted}


def _path(tree: Taxonomy, category: str | None) -> str:
    if not category:
        return ""
    try:
        return join_path(tree.path(category))
    except TaxonomyError:
        return category
