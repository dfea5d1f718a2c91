"""Data frames of pandas, polars and Arrow: their rows, and the same frame with further columns.

None of these libraries is needed: whoever has a frame has its library.
"""

import importlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

from prodcat.bulk.answers import OURS
from prodcat.errors import InputError, require
from prodcat.tables.arrow_rows import arrow_rows

ROWS_AT_ONCE = 256
"""Rows that are made Python's at a time; each may hold a picture."""

Rows = Iterator[Mapping[str, Any]]
Answers = Iterator[Mapping[str, Any]]
Answer = Callable[[Rows], Answers]
"""Takes rows, gives the columns that follow those of each."""


class Frame(Protocol):
    """A data frame."""

    columns: list[str]

    def rows(self, named: Sequence[str]) -> Rows:
        """Yield the rows, each with the cells of the *named* columns.

        Those of a stream are taken once, by this or by the other.
        """

    def with_answers(self, answer: Answer, named: Sequence[str], names: Sequence[str]) -> Any:
        """Return the frame, of the library that it is of, with what is answered beside it.

        Args:
            answer: Is given the rows, each with the cells of the *named* columns.
            named: Columns that are read.
            names: What the frame's columns are called in the end.
        """


def open_frame(source: Any) -> Frame:
    """Tell by which library a frame is.

    Raises:
        InputError: If it is none, or one that has not been computed yet.
    """
    kind = type(source)
    library = kind.__module__.partition(".")[0]
    if library == "polars" and kind.__name__ == "LazyFrame":
        raise InputError("A LazyFrame has no rows yet; give frame.collect().")
    bases = {f"{base.__module__.partition('.')[0]}.{base.__name__}" for base in kind.__mro__}
    if "pandas.DataFrame" in bases:
        return PandasFrame(source)
    if "polars.DataFrame" in bases:
        return PolarsFrame(source)
    if hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__"):
        if isinstance(source, require("pyarrow", extra="bulk").RecordBatchReader):
            return ArrowStream(source)
        return ArrowFrame(source)
    raise InputError(
        f"{kind.__name__} is no table that can be read: give a path, a pandas or polars"
        " DataFrame, an Arrow table or reader, or anything with the Arrow interface"
        " (__arrow_c_stream__). For a list of products: Predictor.load().predict_many(products)."
    )


class PandasFrame:
    """One of pandas, whose index is kept."""

    def __init__(self, frame: Any) -> None:
        self.frame = frame
        self.columns = [str(column) for column in frame.columns]

    def with_answers(self, answer: Answer, named: Sequence[str], names: Sequence[str]) -> Any:
        """See `Frame`."""
        pandas = importlib.import_module("pandas")
        answers = list(answer(self.rows(named)))
        frame = self.frame.copy(deep=False)
        if list(names) != self.columns:
            old = zip(frame.columns, self.columns, names, strict=True)
            # A column may be named by a number, and stays so.
            frame.columns = [label if new == text else new for label, text, new in old]
        words = pandas.Series(["text"]).dtype  # another from pandas 3 on
        types = {"probability": float, "leaf_probability": float, "abstained": bool}
        for column in OURS:
            values = [cells[column] for cells in answers]
            dtype = object if column == "alternatives" else types.get(column, words)
            frame[column] = pandas.Series(values, index=frame.index, dtype=dtype)
        return frame

    def rows(self, named: Sequence[str]) -> Rows:
        """See `Frame`."""
        places = [self.columns.index(name) for name in named]
        for start in range(0, len(self.frame), ROWS_AT_ONCE):
            part = self.frame.iloc[start : start + ROWS_AT_ONCE]
            cells = []
            for place in places:
                series = part.iloc[:, place]
                # NA can neither be compared nor told from others by its truth.
                cells.append(series.astype(object).where(series.notna(), None).tolist())
            for row in zip(*cells, strict=True):
                yield dict(zip(named, row, strict=True))


class PolarsFrame:
    """One of polars."""

    def __init__(self, frame: Any) -> None:
        self.frame = frame
        self.columns = list(frame.columns)

    def with_answers(self, answer: Answer, named: Sequence[str], names: Sequence[str]) -> Any:
        """See `Frame`."""
        polars = importlib.import_module("polars")
        answers = list(answer(self.rows(named)))
        alternative = polars.Struct({"path": polars.String, "probability": polars.Float64})
        types = {
            "probability": polars.Float64,
            "leaf_probability": polars.Float64,
            "abstained": polars.Boolean,
            "alternatives": polars.List(alternative),
        }
        columns = zip(self.frame.get_columns(), names, strict=True)
        return polars.DataFrame([column.alias(name) for column, name in columns]).with_columns(
            polars.Series(name, [row[name] for row in answers], types.get(name, polars.String))
            for name in OURS
        )

    def rows(self, named: Sequence[str]) -> Rows:
        """See `Frame`."""
        for part in self.frame.select(named).iter_slices(ROWS_AT_ONCE):
            yield from part.to_dicts()


class ArrowFrame:
    """A table of Arrow, or of whatever hands its rows over as Arrow; it becomes a table of Arrow.

    A record batch stays one.
    """

    def __init__(self, frame: Any) -> None:
        arrow = require("pyarrow", extra="bulk")
        self.batch = frame if isinstance(frame, arrow.RecordBatch) else None
        try:
            self.table = arrow.table(frame)
        except arrow.ArrowInvalid as error:  # one column hands itself over as Arrow too
            raise InputError(
                f"{type(frame).__name__} is one column and no table; give a data frame of it,"
                " such as series.to_frame('name')."
            ) from error
        self.columns = list(self.table.column_names)

    def rows(self, named: Sequence[str]) -> Rows:
        """See `Frame`."""
        return ArrowStream(self.table.to_reader()).rows(named)

    def with_answers(self, answer: Answer, named: Sequence[str], names: Sequence[str]) -> Any:
        """See `Frame`."""
        stream = ArrowStream(self.table.to_reader())
        table = stream.with_answers(answer, named, names).read_all()
        if self.batch is not None:
            whole = table.combine_chunks().to_batches()
            return whole[0] if whole else type(self.batch).from_pylist([], schema=table.schema)
        return table


class ArrowStream:
    """Record batches that come one after the other, and go so."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self.columns = list(reader.schema.names)

    def rows(self, named: Sequence[str]) -> Rows:
        """See `Frame`."""
        places = [self.columns.index(name) for name in named]
        for batch in self._batches():
            for raw in arrow_rows(batch.select(places)):
                yield raw.values

    def _batches(self) -> Iterator[Any]:
        for large in self.reader:
            for start in range(0, large.num_rows, ROWS_AT_ONCE):
                yield large.slice(start, ROWS_AT_ONCE)

    def with_answers(self, answer: Answer, named: Sequence[str], names: Sequence[str]) -> Any:
        """See `Frame`."""
        arrow = require("pyarrow", extra="bulk")
        answers = answer_fields()
        fields = [
            field.with_name(name) for field, name in zip(self.reader.schema, names, strict=True)
        ]
        schema = arrow.schema([*fields, *answers], metadata=self.reader.schema.metadata)
        places = [self.columns.index(name) for name in named]

        waiting: deque[Any] = deque()

        def rows() -> Rows:
            for part in self._batches():
                waiting.append(part)
                for raw in arrow_rows(part.select(places)):
                    yield raw.values

        def batches() -> Iterator[Any]:
            answered = answer(rows())
            # Rows are taken some way ahead of their answers.
            for first in answered:
                batch = waiting.popleft()
                cells = [first, *islice(answered, batch.num_rows - 1)]
                ours = arrow.RecordBatch.from_pylist(cells, schema=arrow.schema(answers))
                yield arrow.RecordBatch.from_arrays([*batch.columns, *ours.columns], schema=schema)

        return arrow.RecordBatchReader.from_batches(schema, batches())


def answer_fields() -> list[Any]:
    """Return our columns' names and types in Arrow."""
    arrow = require("pyarrow", extra="bulk")
    alternative = arrow.struct([("path", arrow.string()), ("probability", arrow.float64())])
    types = {
        "probability": arrow.float64(),
        "abstained": arrow.bool_(),
        "leaf_probability": arrow.float64(),
        "alternatives": arrow.list_(alternative),
    }
    return [arrow.field(name, types.get(name, arrow.string())) for name in OURS]
