"""How the cells of a category column are written, and the paths that they hold."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prodcat.errors import InputError
from prodcat.inputs.text import clean_text, says_something
from prodcat.tables.words import is_null_word, read_plain
from prodcat.taxonomy.paths import CategoryPath

ARROWS = (">>", "»", "›", "→", ">")
"""These stand between levels wherever they stand; longer ones first, as they hold others."""
MOST_LIST_CHARS = 20_000
WHOLE = re.compile(r"\d+\.0")


@dataclass(frozen=True)
class CategoryForm:
    """How a cell of categories is read."""

    levels: tuple[str, ...] = ARROWS
    """What stands between the levels of a path."""
    paths: str | None = None
    """What stands between several paths; None where each cell has one."""
    root: str | None = None
    """First level that all paths share and that is left out."""
    lists_of_paths: bool = False
    """Whether a list holds paths, and not the levels of one."""

    @property
    def told(self) -> str:
        """What was found out, for people; empty where it is what everybody expects."""
        found = []
        # All arrows together are what is taken where no other sign was seen.
        if self.levels and self.levels != ARROWS:
            found.append(f"levels between {_signs(self.levels)}")
        if self.paths is not None:
            found.append(f"several paths between {_signs((self.paths,))}")
        if self.root is not None:
            found.append(f"without the root {self.root!r}")
        return ", ".join(found)

    def read(self, cells: Sequence[Any]) -> tuple[CategoryPath, ...]:
        """Read the paths of one product, the one that labels it first.

        That is the deepest of those in the tree of the first one.

        Args:
            cells: One cell, or one for each level.

        Raises:
            InputError: If a level is no text.
        """
        if len(cells) > 1:
            found = [clean_path(cells)]
        else:
            found = [path for cell in cells for path in self._paths_of(cell)]
        found = [self._without_root(path) for path in found if path]
        # A path of the root alone says that the product is in the shop.
        found = list(dict.fromkeys(path for path in found if path))
        if not found:
            return ()
        label = max((path for path in found if path[0] == found[0][0]), key=len)
        return (label, *(path for path in found if path != label))

    def _without_root(self, path: CategoryPath) -> CategoryPath:
        return path[1:] if self.root is not None and path[:1] == (self.root,) else path

    def _paths_of(self, cell: Any) -> Iterator[CategoryPath]:
        cell = opened(cell)
        if isinstance(cell, Mapping):
            cell = of_object(cell)
        if isinstance(cell, list | tuple):
            yield from self._paths_of_list(cell)
        elif isinstance(cell, str) and not is_null_word(cell):
            for text in [cell] if self.paths is None else split_paths(cell, self.paths):
                yield clean_path(split_levels(text, self.levels))
        elif not isinstance(cell, str):
            yield clean_path([cell])

    def _paths_of_list(self, cells: Sequence[Any]) -> Iterator[CategoryPath]:
        cells = [cell for cell in cells if cell is not None]
        if any(isinstance(cell, list | tuple) for cell in cells):
            # Lists within a list, as Amazon's data sets have: each is a path.
            for cell in cells:
                yield clean_path(cell if isinstance(cell, list | tuple) else [cell])
            return
        named = [of_object(cell) if isinstance(cell, Mapping) else cell for cell in cells]
        if self.lists_of_paths:
            yield from (clean_path(split_levels(str(name), self.levels)) for name in named)
        else:
            yield clean_path(named)


def split_paths(text: str, sign: str) -> list[str]:
    r"""Cut a cell into its paths; a comma with a backslash before it, as WooCommerce has, stays.

    >>> split_paths(r"Men > Digital\, Quartz, Sale", ",")
    ['Men > Digital, Quartz', ' Sale']
    """
    if sign != "," or "\\," not in text:
        return text.split(sign)
    return [part.replace("\\,", ",") for part in re.split(r"(?<!\\),", text)]


def split_levels(text: str, signs: Sequence[str]) -> list[str]:
    r"""Cut a path at any of the signs; a backslash keeps the arrow behind it, as prodcat writes.

    >>> split_levels("Women>Shoes", [">"]), split_levels(r"Toys > Ages \> 3", [">"])
    (['Women', 'Shoes'], ['Toys ', ' Ages > 3'])
    """
    if not signs:
        return [text]
    pattern = "|".join(re.escape(sign) for sign in sorted(signs, key=len, reverse=True))
    if "\\" in signs or "\\" not in text:
        return re.split(pattern, text)
    parts = re.split(rf"(?<!\\)(?:{pattern})", text)
    return [part.replace("\\>", ">").replace("\\\\", "\\") for part in parts]


def clean_path(levels: Iterable[Any]) -> CategoryPath:
    """Clean the names of levels; those that say nothing, such as NULL and -, are skipped."""
    names = (clean_text(level if isinstance(level, str) else read_plain(level)) for level in levels)
    # An id with a gap in its column comes out of data frames as 187.0.
    names = (name.removesuffix(".0") if WHOLE.fullmatch(name) else name for name in names)
    return tuple(name for name in names if says_something(name) and not is_null_word(name))


def opened(cell: Any) -> Any:
    """Read a list that is written as JSON or as Python writes it; anything else as it is."""
    if not isinstance(cell, str):
        return cell
    # Some exports write `&gt;`, whose semicolon must not be taken for a sign.
    cell = html.unescape(cell) if "&" in cell else cell
    text = cell.strip()
    if not (text[:1] + text[-1:] in ("[]", "{}") and len(text) <= MOST_LIST_CHARS):
        return cell
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    # As a data frame writes a list into CSV.
    if re.fullmatch(r"\[\s*'.*'\s*\]", text, re.DOTALL):
        return re.split(r"'\s*,\s*'", text[1:-1].strip()[1:-1])
    return cell


def of_object(cell: Mapping[str, Any]) -> Any:
    """Return what names the category in an object: its path, its deepest level, or its name.

    Raises:
        InputError: If nothing in it does.
    """
    folded = {str(key).casefold().replace("_", ""): value for key, value in cell.items()}
    for key in ("fullname", "fullpath", "path", "breadcrumb", "breadcrumbs", "categorypath"):
        if folded.get(key):
            return folded[key]
    # As search engines index them: lvl0 is the top, and the last has the whole path.
    if levels := sorted(key for key in folded if re.fullmatch(r"(lvl|level)\d+", key)):
        values = [folded[key] for key in levels if folded[key]]
        whole = len(values) > 1 and str(values[-1]).startswith(str(values[0]))
        return values[-1] if whole else values
    for key in ("name", "title", "label", "value"):
        if folded.get(key):
            return folded[key]
    raise InputError("is no text")


def _signs(signs: Sequence[str]) -> str:
    written = {"\n": "new lines", "\\": "\\"}
    return " or ".join(written.get(sign, sign) for sign in signs)
