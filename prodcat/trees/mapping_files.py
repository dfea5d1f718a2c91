"""A mapping out of a file: what was found, and what people decided in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodcat.errors import InputError, ModelError, TaxonomyError
from prodcat.excel.cells import unguarded
from prodcat.inputs.plain_files import open_plain
from prodcat.inputs.strict_json import MAX_JSON_BYTES, parse_json_object
from prodcat.product import PathLike
from prodcat.tables.opening import open_format
from prodcat.tables.table_format import reading
from prodcat.tables.words import read_plain
from prodcat.taxonomy.mapping import MACHINE, Counterpart, MappedCategory, TreeMapping
from prodcat.taxonomy.tree import Taxonomy
from prodcat.trees.decisions import (
    NOT_LEFT,
    PERSON,
    Decision,
    Names,
    Place,
    apply_decisions,
    read_verdict,
)

COLUMNS = (
    *("id", "category", "answer", "verdict", "kind", "confidence", "reason", "second", "third"),
    *("decided by", "answer id"),
)
NEEDED = frozenset({"category", "answer", "verdict"})
BETWEEN = "\n"
"""Stands between several counterparts in one cell."""
FORMAT = 1


@dataclass(frozen=True)
class ReadMapping:
    """A mapping out of a file, and what of the file had no place in these trees."""

    mapping: TreeMapping
    problems: tuple[str, ...] = ()


def read_mapping(file: PathLike, left: Taxonomy, right: Taxonomy) -> ReadMapping:
    """Read a mapping that `write_mapping` wrote, with what people wrote into it.

    A verdict counts before what was found. Categories are looked for by path, and by id where a
    path is not there; what these trees do not have is told, and left out.

    Args:
        file: .xlsx, .csv or .json; of tables also what other programs saved.
        left: The tree that was mapped.
        right: The tree that it was mapped to.

    Raises:
        InputError: If it cannot be read, or is no mapping.
    """
    rows, problems = _read_rows(Path(file), Names(right))
    names = Names(left), Names(right)
    found: dict[str, MappedCategory] = {}
    decisions = [row for row in rows if isinstance(row, Decision)]
    for row in rows:
        if isinstance(row, Found) and (category := names[0].find(row.left)) is not None:
            answers = [names[1].find(place) for place in row.answers]
            others = [names[1].find(place) for place in row.others]
            if None in answers:
                place = row.answers[answers.index(None)]
                problems.append(
                    f"line {row.line}: the right tree has no category"
                    f" {place.path or place.id!r:.200}"
                )
                answers = []
            confidence = row.confidence if None not in answers else 0.0
            found[category] = MappedCategory(
                category,
                tuple(Counterpart(a, confidence, row.reason) for a in answers if a is not None),
                tuple(Counterpart(o, 0.0) for o in others if o is not None),
                confidence if answers or not row.answers else 0.0,
            )
        elif isinstance(row, Found):
            problems.append(f"line {row.line}: {NOT_LEFT} {row.left.path or row.left.id!r:.200}")
    mapping = TreeMapping(left, right, found.values())
    mapping, more = apply_decisions(mapping, decisions)
    return ReadMapping(mapping, (*problems, *more))


def read_decisions(file: PathLike, right: Taxonomy) -> tuple[list[Decision], list[str]]:
    """Read what people decided, of a mapping that `write_mapping` wrote.

    Args:
        file: .xlsx, .csv or .json.
        right: The tree that is mapped to, in which verdicts name categories.

    Returns:
        The decisions, and a line for each verdict that names nothing.

    Raises:
        InputError: If it cannot be read, or is no mapping.
    """
    rows, problems = _read_rows(Path(file), Names(right))
    return [row for row in rows if isinstance(row, Decision)], problems


@dataclass(frozen=True, slots=True)
class Found:
    """A row of a file that nobody decided."""

    line: int
    left: Place
    answers: tuple[Place, ...]
    others: tuple[Place, ...]
    confidence: float
    reason: str


def _read_rows(file: Path, right: Names) -> tuple[list[Found | Decision], list[str]]:
    if file.suffix.lower() == ".json":
        return _json_rows(file), []
    with reading(file):
        table = open_format(file)
        if not set(table.columns) >= NEEDED:
            raise InputError(
                f"{file} is no mapping: it lacks the columns"
                f" {', '.join(sorted(NEEDED - set(table.columns)))}. Write one with `prodcat map`."
            )
        rows: list[Found | Decision] = []
        problems = []
        for line, raw in enumerate(table.rows(COLUMNS, 0), 2):
            if raw.error is not None:
                problems.append(f"line {line}: {raw.error}")
                continue
            cells = {name: unguarded(read_plain(raw.values.get(name))) for name in COLUMNS}
            row = _row(line, cells, right)
            if isinstance(row, str):
                problems.append(f"line {line}: {row}")
                continue
            rows.append(row)
    return rows, problems


def _row(line: int, cells: Mapping[str, str], right: Names) -> Found | Decision | str:
    left = Place(cells["id"], cells["category"])
    ids = cells["answer id"].split(BETWEEN)
    paths = [path for path in cells["answer"].split(BETWEEN) if path.strip()]
    # Who sorts or fills one of the columns alone has the paths, which people see, counted.
    if len(ids) != len(paths):
        ids = [""] * len(paths)
    answers = tuple(map(Place, ids, paths))
    others = tuple(Place("", path) for path in (cells["second"], cells["third"]))
    verdict = read_verdict(cells["verdict"], answers, others, right)
    if isinstance(verdict, str):
        return verdict
    if verdict is not None:
        who = cells["decided by"]
        return Decision(line, left, verdict, PERSON if who in ("", MACHINE) else who)
    try:
        confidence = min(1.0, max(0.0, float(cells["confidence"] or 0)))
    except ValueError:
        confidence = 0.0
    return Found(line, left, answers, tuple(filter(_is_named, others)), confidence, cells["reason"])


def _is_named(place: Place) -> bool:
    return bool(place.id or place.path)


def _json_rows(file: Path) -> list[Found | Decision]:
    try:
        with reading(file), open_plain(file) as stream:
            data = parse_json_object(stream.read(MAX_JSON_BYTES + 1), file)
        if data.get("format") != FORMAT:
            raise InputError(
                f"{file} is no mapping of format {FORMAT}. Write one with `prodcat map`."
            )
        return [_json_row(line, row) for line, row in enumerate(data["rows"], 1)]
    except (ModelError, TaxonomyError) as error:
        raise InputError(str(error)) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{file} is no mapping that we wrote: {error!r:.200}.") from error


def _json_row(line: int, row: Mapping[str, Any]) -> Found | Decision:
    left = Place(str(row["id"]), str(row["category"]))
    answers = tuple(Place(str(c["id"]), str(c["category"])) for c in row["counterparts"])
    who = str(row["decided_by"])
    if who != MACHINE:
        return Decision(line, left, answers, who)
    others = tuple(Place(str(c["id"]), str(c["category"])) for c in row["candidates"])
    reasons = [str(c["reason"]) for c in row["counterparts"]]
    confidence = min(1.0, max(0.0, float(row["confidence"])))
    return Found(line, left, answers, others, confidence, reasons[0] if reasons else "")
