"""Decisions as a table for those who work in a spreadsheet: written out, and taken over."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from prodcat.corpus.corrections import Correction, correct, decisions_of, history, in_force
from prodcat.corpus.opening import translated_errors
from prodcat.corpus.product_query import label_terms
from prodcat.corpus.store import Corpus, UpsertCounts
from prodcat.corpus.stored_trees import SHOPS_OWN, add_to_tree, tree_that_counts
from prodcat.corpus.translation import Lost, Translations
from prodcat.errors import TaxonomyError
from prodcat.excel.cells import guarded
from prodcat.files import write_text
from prodcat.taxonomy.paths import CategoryPath, join_path
from prodcat.taxonomy.tree import Category, Taxonomy

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
    made = {one.id: one for one in in_force(history(corpus))}
    tree, translations = corpus.taxonomy(), Translations(corpus.db)
    with translated_errors(corpus.path):
        terms = label_terms(corpus.db)
        # Of those that were taken back none is in `decided`, nor any whose category is lost.
        query = "select product_id, correction_id from decided"
        counting = dict(corpus.db.execute(query).fetchall()) if made else {}
        stated = corpus.db.execute(
            f"select p.id, p.name, {terms.stated}, {terms.label}"  # noqa: S608
            f" from products p{terms.joins} order by p.id"
        )
        rows = [(*row, made[counting[row[0]]]) for row in stated if counting.get(row[0]) in made]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for product_id, name, label, decided, one in rows:
        verdict = NONE_OF_THESE if decided is None else _path(tree, decided)
        said = translations.now(one.said or None, one.id, product_id)
        answer = "" if isinstance(said, Lost) else _path(tree, said)
        cells = (
            *(product_id, str(name or ""), _path(tree, label), answer, verdict),
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
    counting = tree_that_counts(corpus.db)
    for source, paths in sorted(missing.items()):
        if counting == SHOPS_OWN:
            corpus.upsert_categories(source, Taxonomy.from_paths(sorted(paths)))
        else:
            add_to_tree(corpus.db, counting, _new_categories(sorted(paths), known))
    wanted = set(filter(None, decisions.values()))
    return {path: known.get(path, join_path(path)) for path in wanted}


def _new_categories(
    paths: Iterable[CategoryPath], known: Mapping[CategoryPath, str]
) -> Iterator[Category]:
    """Yield what a tree lacks of paths, below the categories that it has, whatever their ids."""
    ids = dict(known)
    for path in paths:
        for depth in range(1, len(path) + 1):
            part = path[:depth]
            if part not in ids:
                ids[part] = join_path(part)
                yield Category(ids[part], part[-1], ids.get(part[:-1]))


def _path(tree: Taxonomy, category: str | None) -> str:
    if not category:
        return ""
    try:
        return join_path(tree.path(category))
    except TaxonomyError:
        return category
