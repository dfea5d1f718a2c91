"""Finds out from all cells of a category column how they are written."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from typing import Any

from prodcat.errors import InputError
from prodcat.inputs.text import clean_text, says_something
from prodcat.tables.category_forms import (
    ARROWS,
    CategoryForm,
    clean_path,
    of_object,
    opened,
    split_levels,
    split_paths,
)
from prodcat.tables.words import is_null_word
from prodcat.taxonomy.paths import CategoryPath

MOST_VALUES = 200_000
"""Different cells that are looked at; a column with more has no categories in it."""
OTHERS = ("|", "\n", "::", "/", "\\", ";")
"""These stand within names as well, and count where the values make a tree by them."""
LIST_SEPARATORS = ("\n", ";", "|", ",")
"""What may stand between several paths of one cell."""
ROOTS = frozenset(
    """
    default category|root catalog|root category|root|home|homepage|startseite|accueil|inicio|
    página principal|strona główna|início|all categories|all products|alle kategorien|
    alle produkte|shop|store|catalog|catalogue|katalog|products|produkte|alle categorieën
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
"""Names of a shop's own root, which says nothing where all paths begin with it."""
KINDS_OF_ARTICLE = frozenset(
    {
        "simple",
        "variable",
        "variation",
        "grouped",
        "external",
        "configurable",
        "virtual",
        "bundle",
        "downloadable",
    }
)
"""What WooCommerce and Magento call a type: how an article is sold, and not what it is."""


def learn_form(cells: Iterable[Any]) -> CategoryForm:
    """Find out how the cells of a column are written.

    Args:
        cells: All of them, in any order.

    >>> learn_form(["Women/Jeans", "Women/Skirts", "Men/Shoes"]).levels
    ('/',)
    >>> learn_form(["Default Category/Men/Tops,Default Category/New", "Default Category/New"])
    CategoryForm(levels=('/',), paths=',', root='Default Category', lists_of_paths=False)
    """
    # In the order of the table, each once; what lists hold is kept apart.
    texts: dict[str, None] = {}
    listed: dict[str, None] = {}
    lists: list[CategoryPath] = []
    for cell in cells:
        try:
            whole = opened(cell)
            whole = of_object(whole) if isinstance(whole, Mapping) else whole
            parts = whole if isinstance(whole, list | tuple) else ()
            names = [of_object(c) if isinstance(c, Mapping) else c for c in parts]
        except InputError:  # told with its row, when it is read
            continue
        if isinstance(whole, list | tuple):
            listed |= dict.fromkeys(name for name in names if isinstance(name, str))
            lists.append(clean_path(n for n in names if isinstance(n, str)))
        elif isinstance(whole, str) and whole.strip() and not is_null_word(whole):
            texts[whole] = None
        if len(texts) + len(listed) + len(lists) >= MOST_VALUES:
            break
    with_arrow = sum(any(sign in name for sign in ARROWS for name in names) for names in lists)
    of_paths = with_arrow > 0.5 * len(lists)
    written = list(texts) + list(listed) * of_paths
    levels = find_level_signs(written)
    paths = find_path_sign(written, levels)
    form = CategoryForm(tuple(s for s in levels if s != paths), paths, lists_of_paths=of_paths)
    roots = [form.read([text]) for text in written] + [(path,) for path in lists if not of_paths]
    return replace(form, root=find_root(roots))


def find_level_signs(texts: Sequence[str]) -> tuple[str, ...]:
    """Find what stands between levels: one sign, or those that stand so in different cells."""
    found = [sign for sign in ARROWS if any(sign in text for text in texts)]
    if ">" in found and ">>" in found and not any(">" in t.replace(">>", "") for t in texts):
        found.remove(">")
    share = sum(any(sign in text for sign in found) for text in texts) / max(1, len(texts))
    if share >= 0.5:
        rest = [text for text in texts if not any(sign in text for sign in found)]
        # Of the cells without an arrow, those that hang in the same tree by another sign.
        tops = {split_levels(t, found)[0].strip() for t in texts if t not in set(rest)}
        more = [
            sign
            for sign in OTHERS
            if any(sign in text for text in rest)
            # A slash is as likely part of a name.
            and (_shares(rest, sign, tops) >= 0.5 or (sign in "|\\" and is_tree(rest, sign)))
        ]
        return (*found, *more[:1])
    # The sign with most of the cells; a newline and a bar are rarer within names than a slash.
    for sign in OTHERS:
        if is_tree(texts, sign):
            return (*found, sign)
    return tuple(found) or ARROWS


def _shares(texts: Sequence[str], sign: str, tops: set[str]) -> float:
    """Return which share of the cells with the sign begins with one of these tops."""
    firsts = [text.split(sign)[0].strip() for text in texts if sign in text]
    return sum(first in tops for first in firsts) / max(1, len(firsts))


def is_tree(texts: Sequence[str], sign: str) -> bool:
    """Tell whether cells make a tree by a sign: firsts that recur, or three levels."""
    split = [tuple(part.strip() for part in text.split(sign)) for text in texts]
    cut = [parts for parts in split if len(parts) > 1 and all(map(says_something, parts))]
    if len(cut) < 0.3 * len(texts):
        return False
    firsts = Counter(parts[0] for parts in cut)
    # A name that stands alone elsewhere is a category above these.
    alone = {parts[0] for parts in split if len(parts) == 1}
    hanging = sum(len(p) > 2 or firsts[p[0]] > 1 or p[0] in alone for p in cut)
    # Of two or three cells nothing can recur; then all must have the sign, and no more than names.
    few = len(texts) <= 3 and len(cut) == len(texts) and sign in {"/", "|", "\\"}
    return bool(cut) and (hanging >= 0.5 * len(cut) or few)


def find_path_sign(texts: Sequence[str], levels: Sequence[str]) -> str | None:
    """Find what stands between several paths of a cell."""
    for sign in LIST_SEPARATORS:
        several = [text for text in texts if sign in text]
        if not several:
            continue
        others = [sign_ for sign_ in levels if sign_ != sign]
        if not others or (sign in levels and not any(o in t for o in others for t in several)):
            continue
        recurring = find_recurring(several, sign, others)
        single = {_top(text, others) for text in texts if sign not in text}
        whole = {clean_path(split_levels(text, others)) for text in texts if sign not in text}
        fitting = 0
        for text in several:
            parts = [part for part in split_paths(text, sign) if part.strip()]
            tops = [_top(part, others) for part in parts]
            paths = [clean_path(split_levels(part, others)) for part in parts]
            # Each part is a path that stands alone elsewhere, hangs in a tree that does, or all
            # hang in one tree; a comma within a name leaves parts of neither kind.
            known = [t in single or p in whole for t, p in zip(tops, paths, strict=True)]
            deep = sum(len(path) > 1 for path in paths)
            behind_others = deep >= 1 and all(path in recurring for path in paths[1:])
            # Commas and bars stand within names as well.
            certain = deep >= 1 if sign in "\n;" else sign == "|" and deep == len(paths)
            in_one_tree = len(set(tops)) == 1 and deep > 1
            fitting += all(known) or in_one_tree or behind_others or certain
        if fitting >= 0.5 * len(several):
            return sign
    return None


def find_recurring(texts: Sequence[str], sign: str, levels: Sequence[str]) -> set[CategoryPath]:
    """Find the further parts of cells that are paths: each is one that comes behind others too.

    What comes behind the same name always, as in "Jackets, Coats", is the rest of a name.

    Args:
        texts: Cells with the sign.
        sign: What may stand between paths.
        levels: What stands between levels.
    """
    tops: set[str] = set()
    names_before: dict[CategoryPath, set[str]] = {}
    for text in texts:
        parts = [part for part in split_paths(text, sign) if part.strip()]
        paths = [path for part in parts if (path := clean_path(split_levels(part, levels)))]
        tops |= {path[0] for path in paths[:1]}
        for before, path in pairwise(paths):
            names_before.setdefault(path, set()).add(before[-1])
    return {p for p, names in names_before.items() if p[0] in tops or len(names) > 1}


def find_root(products: Iterable[tuple[CategoryPath, ...]]) -> str | None:
    """Find a shop's own root, with which all paths of all products begin."""
    root: str | None = None
    deep = False
    for path in chain.from_iterable(products):
        if path and (path[0].casefold() not in ROOTS or (root is not None and path[0] != root)):
            return None
        root = path[0] if path else root
        deep = deep or len(path) > 1
    # Without it, something must be left of some path.
    return root if deep else None


def _top(text: str, signs: Sequence[str]) -> str:
    return clean_text(split_levels(text, signs)[0])
