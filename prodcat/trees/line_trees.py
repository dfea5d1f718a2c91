"""Trees as lines of text: as Google and Shopify publish them, as paths, and as indented lists."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from prodcat.inputs.text import clean_text
from prodcat.tables.category_forms import ARROWS, split_levels
from prodcat.tables.category_learning import find_level_signs
from prodcat.taxonomy.tree import Taxonomy
from prodcat.trees.nodes import PathRow, clean_names, quoted, refuse, tree_of_paths

Line = tuple[int, str]
"""Its number from 1, and what stands in it, spaces at the beginning included."""

MAX_LINE_CHARS = 10_000
GOOGLE = re.compile(r"(\d{1,20}) - (\S.*)")
SHOPIFY = re.compile(r"(gid://\S{1,200}|[a-z]{2}(?:-\d{1,9})*|\d{1,20})\s+:\s+(\S.*)")
PUBLISHED = {"`id - A > B > C`": GOOGLE, "`id : A > B > C`": SHOPIFY}
PUBLISHED_SHARE = 0.9
"""Of the lines that have such a form, for the others to be mistakes and not another form."""
YAML_ID = re.compile(r"\s*-\s+id:\s*(.*)")
YAML_FULL_NAME = re.compile(r"\s+full_name:\s*(.*)")
YAML_OTHER = re.compile(r"\s*-?\s*\w+:(\s.*)?")
DRAWN = str.maketrans(dict.fromkeys("│├└─┬┼|`", " "))
"""What the command ``tree`` draws before names; the last two where it has ASCII alone."""
DRAWN_LINE = re.compile(r"[\s│]*[├└]|(\|   |    )*[|`]-- ")
BULLETS = re.compile(r"\s*((?:[-–—*•+‣◦·]+\s*)+)")
TAB_COLUMNS = 4


def content_lines(text: str, file: Path) -> list[Line]:
    """Return the lines that say something; comments begin with a #.

    Raises:
        TaxonomyError: If a line is too long to be one of a tree.
    """
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > MAX_LINE_CHARS:
            refuse(file, number, f"{len(line):,} characters; a category has less than 10,000.")
        plain = line.strip()
        if plain and not plain.startswith("#") and plain != "---":
            lines.append((number, line.rstrip()))
    return lines


def is_full_names(lines: Sequence[Line]) -> bool:
    """Tell Shopify's ``full_names.yml`` by its first lines."""
    return (
        len(lines) > 1
        and YAML_ID.fullmatch(lines[0][1]) is not None
        and YAML_FULL_NAME.fullmatch(lines[1][1]) is not None
    )


def read_full_names(lines: Sequence[Line], file: Path) -> Taxonomy:
    """Read Shopify's ``full_names.yml``: a list of ``id`` and ``full_name``.

    Raises:
        TaxonomyError: If a line is neither.
    """
    rows: list[PathRow] = []
    stated, category = 0, ""
    names: list[Line] = []

    def keep() -> None:
        if not stated:
            return
        if not names:
            refuse(file, stated, f"{quoted(category)} has no full_name.")
        full_name = _scalar(" ".join(part.strip() for _, part in names))
        path = clean_names(split_levels(full_name, (" > ",)), file, names[0][0])
        rows.append(PathRow(stated, path, category))

    for number, line in lines:
        if match := YAML_ID.fullmatch(line):
            keep()
            stated, category, names = number, _scalar(match[1]), []
            if not category:
                refuse(file, number, "the id is empty.")
        elif stated and (match := YAML_FULL_NAME.fullmatch(line)):
            names = [(number, match[1])]
        elif stated and names and line.startswith("   ") and not YAML_OTHER.fullmatch(line):
            # YAML folds a long text into several lines.
            names.append((number, line))
        elif not (stated and YAML_OTHER.fullmatch(line)):
            refuse(file, number, f"expected `- id:` or `full_name:`, but found {quoted(line)}.")
    keep()
    return tree_of_paths(rows, file)


def _scalar(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'").strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1]).strip()
    return text


def read_lines(lines: Sequence[Line], file: Path) -> Taxonomy:
    """Read a tree of lines, in the form that most of them have.

    Raises:
        TaxonomyError: If a line does not fit it.
    """
    for form, pattern in PUBLISHED.items():
        matching = sum(pattern.fullmatch(line) is not None for _, line in lines)
        if matching >= PUBLISHED_SHARE * len(lines):
            return tree_of_paths(list(_published(lines, form, pattern, file)), file)
    levels = _levels([line for _, line in lines])
    if _is_nested(lines) and not levels:
        return tree_of_paths(list(_indented(lines, file)), file)
    return tree_of_paths(list(_paths(lines, levels, file)), file)


def _published(
    lines: Sequence[Line], form: str, pattern: re.Pattern[str], file: Path
) -> Iterator[PathRow]:
    for number, line in lines:
        match = pattern.fullmatch(line)
        if match is None:
            refuse(
                file, number, f"expected {form} as in the other lines, but found {quoted(line)}."
            )
        names = split_levels(match[2], (" > ",))
        yield PathRow(number, clean_names(names, file, number), match[1])


def _levels(lines: Sequence[str]) -> tuple[str, ...]:
    """Return what stands between levels; nothing where no line has a path."""
    bare = [_without_bullets(line).strip() for line in lines]
    if all(line.startswith("/") for line in bare):
        # As folders are written; a name has none at its beginning.
        return ("/",)
    signs = find_level_signs(list(dict.fromkeys(bare)))
    if signs == ARROWS or not any(sign in line for sign in signs for line in bare):
        return ()
    # Where the sign has spaces around it, one without them is part of a name: Pants/Shorts.
    spaced = [f" {sign} " for sign in signs if sign not in ARROWS]
    wide = [sign for sign in spaced if any(sign in line for line in bare)]
    return (*(sign for sign in signs if f" {sign} " not in wide), *wide)


def _without_bullets(line: str) -> str:
    # At the beginning alone: elsewhere a sign is part of a name, and looking takes long.
    match = BULLETS.match(line)
    return line[match.end() :] if match else line


def _paths(lines: Sequence[Line], levels: tuple[str, ...], file: Path) -> Iterator[PathRow]:
    for number, line in lines:
        text = line.strip()
        # A list of paths may have bullets; a name such as "3-in-1" has no space behind its sign.
        text = re.sub(r"^[-*•+]\s+", "", text)
        for sign in levels:
            # A path that is written like a folder, `/women/shoes/`.
            text = text.removeprefix(sign.strip()).removesuffix(sign.strip())
        yield PathRow(number, clean_names(split_levels(text, levels), file, number))


def _is_nested(lines: Sequence[Line]) -> bool:
    """Tell a list whose lines are indented, or have more or fewer bullets, from a flat one."""
    return len({_depth_mark(line)[:2] for _, line in lines}) > 1


def _depth_mark(line: str) -> tuple[int, int, str]:
    """Return the columns before a name, the bullets before it, and the name."""
    if DRAWN_LINE.match(line):
        plain = re.match(r"[\s│├└─┬┼|`-]*", line)
        before = plain[0] if plain else ""
        return len(before.translate(DRAWN).replace("-", " ")), 0, line[len(before) :]
    match = BULLETS.match(line)
    # Without a space, as in "-Shoes", one sign is a bullet where more follow elsewhere.
    bullets = sum(not sign.isspace() for sign in match[1]) if match else 0
    name = _without_bullets(line).lstrip()
    before = line[: len(line) - len(line.lstrip())]
    return len(before.expandtabs(TAB_COLUMNS)), bullets, name


def _indented(lines: Sequence[Line], file: Path) -> Iterator[PathRow]:
    above: list[tuple[tuple[int, int], str]] = []
    for number, line in lines:
        *place, name = _depth_mark(line)
        depth = (place[0], place[1])
        while above and above[-1][0] >= depth:
            # Below something that ends here, all begin in the same column.
            last = above.pop()
            if last[0] > depth and (not above or above[-1][0] < depth):
                refuse(
                    file,
                    number,
                    f"{quoted(line)} is indented less than the line above it, but as much as no"
                    " line before.",
                )
        if not clean_text(name):
            refuse(file, number, f"no name in {quoted(line)}.")
        above.append((depth, name))
        yield PathRow(number, clean_names([each for _, each in above], file, number))
