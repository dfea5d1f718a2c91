"""The end of a run over a table: the parts beside the input's own columns, as one file."""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodcat.bulk.answer_file import AnswerFile
from prodcat.bulk.answering import CategorizeOptions
from prodcat.bulk.answers import output_names
from prodcat.bulk.input_cells import open_cells
from prodcat.bulk.joining import JoinedRows, changed, joined
from prodcat.bulk.outputs.about import About
from prodcat.bulk.outputs.kinds import OutputKind
from prodcat.bulk.state import input_state
from prodcat.decision.accuracies import in_percent
from prodcat.inference.predictor import Predictor
from prodcat.product import PathLike
from prodcat.tables.table import ProductTable

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutputColumns:
    """What became of the input's columns."""

    renamed: dict[str, str]
    left_out: tuple[str, ...]

    def told(self) -> Iterator[str]:
        """Yield it in sentences."""
        for name, new in self.renamed.items():
            yield f"The input's column {name} is called {new}, since its own is taken or no text."
        for name in self.left_out:
            yield f"The input's column {name} is left out: it holds pictures' bytes."


def finish(
    answers: AnswerFile, table: ProductTable, kind: OutputKind, about: About
) -> OutputColumns:
    """Write the file, of the parts and the input's own columns.

    Raises:
        InputError: If the input is not what was answered.
    """
    before = answers.manifest["input"]
    has_changed = plain(input_state(table)) != before
    if has_changed and not table.is_corpus:
        raise changed(about.source)
    if has_changed:
        logger.warning(
            "%s changed while it was answered; its columns are written as they are now.",
            about.source,
        )
    cells = open_cells(table, about.note, as_arrow=kind.as_arrow, changed=has_changed)
    names = output_names(cells.names)
    pairs = zip(cells.names, names, strict=True)
    columns = OutputColumns({name: new for name, new in pairs if name != new}, cells.left_out)
    about.remarks.extend(columns.told())

    def write(file: Path, parts: Iterator[Any]) -> None:
        kind.write(file, names, counted(joined(cells, parts, about.source), about), about)
        # What was written meanwhile may be of both states.
        if not table.is_corpus and plain(input_state(table)) != before:
            raise changed(about.source)

    answers.finish(write)
    return columns


def counted(rows: Iterator[JoinedRows], about: About) -> Iterator[JoinedRows]:
    """Pass rows on, and count them."""
    for row in rows:
        about.counter.add(row.first, row.answers)
        yield row


def describe(
    source: PathLike, table: ProductTable, predictor: Predictor, options: CategorizeOptions
) -> About:
    """Return what the output says of itself."""
    if options.threshold is not None:
        rule = f"a probability of at least {options.threshold:g}"
    else:
        accuracy = options.accuracy or predictor.model.default_accuracy
        rule = f"an accuracy of {in_percent(accuracy)} %"
        if options.confidence is not None:
            rule += f", at {in_percent(options.confidence)} % confidence"
    name, image = (table.columns.get(field, ()) for field in ("name", "image"))
    return About(
        source=str(source),
        model=predictor.model.name,
        fingerprint=predictor.fingerprint,
        rule=rule,
        image_column=image[0] if image and options.pictures else None,
        name_column=name[0] if name else None,
    )


def plain(state: Mapping[str, Any]) -> Any:
    """Return a state as it is read back from JSON, with lists for tuples."""
    return json.loads(json.dumps(state))
