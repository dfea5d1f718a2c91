"""Trees as JSON: lists of categories with parents, nested ones, and ours."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from prodcat.errors import TaxonomyError, one_line
from prodcat.inputs.text import clean_text
from prodcat.tables.category_forms import split_levels
from prodcat.tables.category_learning import find_level_signs
from prodcat.taxonomy.tree import MAX_DEPTH, Taxonomy
from prodcat.trees.nodes import ParentRow, PathRow, clean_names, quoted, tree_of_parents
from prodcat.trees.nodes import tree_of_paths as tree_of_rows
from prodcat.wording import encodable

LISTS = ("categories", "verticals", "nodes", "items", "data", "tree", "taxonomy")
CHILDREN = ("children", "subcategories", "sub_categories", "categories", "items", "nodes")
IDS = ("id", "category_id", "categoryid", "code", "key")
NAMES = ("name", "title", "label", "category_name", "text")
PARENTS = ("parent_id", "parentid", "parent", "parent_category_id")
PATHS = ("full_name", "path", "full_path", "fullpath", "breadcrumb", "category_path")
FULL_NAMES = ("full_name", "fullname")


def read_json(text: str, file: Path) -> Taxonomy:
    """Read a tree that is written as JSON.

    An object of ``categories`` as ShopStyle and Shopify publish it, a list of objects with a
    parent's id, objects within objects, or a list of paths.

    Raises:
        TaxonomyError: If it is no JSON, or no tree is found in it.
    """
    try:
        data = json.loads(text)
        return _read(data, file)
    except RecursionError as error:
        raise TaxonomyError(f"{file} is nested too deep to be a tree.") from error
    except ValueError as error:
        if isinstance(error, TaxonomyError):
            raise
        raise TaxonomyError(f"{file} is not JSON: {one_line(error, 200)}.") from error


def _read(data: Any, file: Path) -> Taxonomy:
    root = ""
    found = data
    if isinstance(data, Mapping):
        key = next((key for key in LISTS if isinstance(data.get(key), Mapping | list)), None)
        found = data if key is None or _word(data, NAMES) else data[key]
        # A shop's own root says nothing, and is left out of the paths.
        root = _text(data.get("root")) if isinstance(data.get("root"), str) else ""
    if isinstance(found, Mapping) and any(map(_states_parent, found.values())):
        found = [
            {"id": key, **entry} if isinstance(entry, Mapping) else entry
            for key, entry in found.items()
        ]
    if isinstance(found, list) and found and all(isinstance(each, str) for each in found):
        return _tree_of_texts(found, file)
    if isinstance(found, list) and found and all(_is_list_of_texts(each) for each in found):
        paths = (clean_names(map(_text, path), file, n) for n, path in enumerate(found, 1))
        return tree_of_rows([PathRow(n, path) for n, path in enumerate(paths, 1)], file)
    rows = list(_nodes(found, "", (), file)) if isinstance(found, Mapping | list) else []
    if not rows:
        raise TaxonomyError(
            f"{file} has no categories that we find: a list of objects with id, name and parent,"
            " objects with children, or a list of paths."
        )
    return tree_of_parents(_without(rows, root), file)


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


def _tree_of_texts(texts: Sequence[str], file: Path) -> Taxonomy:
    signs = find_level_signs(texts)
    rows = [
        PathRow(number, clean_names(split_levels(_text(text), signs), file, number))
        for number, text in enumerate(texts, 1)
    ]
    return tree_of_rows(rows, file)


def _nodes(data: Any, parent: str, above: tuple[str, ...], file: Path) -> Iterator[ParentRow]:
    """Go down through objects; those without an id have their path as one.

    The number of a row is the place of its category, counted from 1 within its list.
    """
    if len(above) > MAX_DEPTH:
        raise TaxonomyError(f"{file} has more than {MAX_DEPTH} levels.")
    if isinstance(data, Mapping) and not _word(data, NAMES):
        # The name of each is the key that it stands under.
        data = [
            {"name": key, "children": value if isinstance(value, Mapping | list) else []}
            for key, value in data.items()
        ]
    for place, entry in enumerate(data if isinstance(data, list) else [data], 1):
        if isinstance(entry, str):
            entry = {"name": entry}
        if not isinstance(entry, Mapping):
            raise TaxonomyError(
                f"{file}: an object was expected as category {place} below"
                f" {quoted(' > '.join(above) or 'the root')}, but it is {type(entry).__name__}."
            )
        name = clean_text(_word(entry, NAMES))
        children = _find(entry, CHILDREN)
        if not name:
            raise TaxonomyError(
                f"{file}: category {place} below {quoted(' > '.join(above) or 'the root')} has no"
                " name."
            )
        path = (*above, name)
        own_id = _word(entry, IDS)
        stated = _find(entry, PARENTS)
        if isinstance(stated, Mapping):
            stated = _word(stated, IDS)
        # What a list of categories calls its own heading, as Shopify's verticals, is none.
        is_heading = not own_id and children is not None and _has_roots(children)
        category = own_id or " > ".join(path)
        if not is_heading:
            full_name = clean_text(_word(entry, FULL_NAMES))
            yield ParentRow(place, category, name, _text(stated) or parent, full_name)
        if isinstance(children, list | Mapping) and not (
            isinstance(children, list) and any(_is_stub(child) for child in children)
        ):
            if is_heading:
                yield from _nodes(children, "", (), file)
            else:
                yield from _nodes(children, category, path, file)


def _has_roots(children: Any) -> bool:
    """Tell a flat list that states parents itself."""
    return isinstance(children, list) and bool(children) and all(map(_states_parent, children))


def _states_parent(entry: Any) -> bool:
    return isinstance(entry, Mapping) and any(key in entry for key in PARENTS)


def _is_stub(child: Any) -> bool:
    """Tell a child that is only pointed to, and stands elsewhere in full."""
    return isinstance(child, Mapping) and not child.keys() - {"id", "name"} and "id" in child


def _without(rows: Sequence[ParentRow], root: str) -> list[ParentRow]:
    if not root or not any(row.id == root for row in rows):
        return list(rows)
    return [
        ParentRow(r.line, r.id, r.name, "" if r.parent == root else r.parent, r.full_name)
        for r in rows
        if r.id != root
    ]


def _find(entry: Mapping[str, Any], keys: Sequence[str]) -> Any:
    folded = {str(key).casefold(): value for key, value in entry.items()}
    return next((folded[key] for key in keys if folded.get(key) is not None), None)


def _word(entry: Mapping[str, Any], keys: Sequence[str]) -> str:
    value = _find(entry, keys)
    return _text(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _text(value: Any) -> str:
    return "" if value is None else encodable(str(value)).strip()
