"""What requests and answers about jobs look like; /openapi.json is made of it."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from prodcat.serve.schemas import NOT_BOTH, Out, Request, Rule

Format = Annotated[str, Field(pattern="^(xlsx|csv|parquet|jsonl)$")]


ColumnNames = Annotated[
    list[Annotated[str, Field(max_length=1000)]],
    Field(max_length=100, description="Columns that it is read from; an empty list for none."),
]


class ColumnsIn(Request):
    """Which columns a field is read from; what is left out stays as it was found."""

    id: ColumnNames = Field(default_factory=list)
    name: ColumnNames = Field(default_factory=list)
    description: ColumnNames = Field(default_factory=list)
    image: ColumnNames = Field(default_factory=list)

    @property
    def named(self) -> dict[str, list[str]]:
        """Return the fields that were given."""
        return self.model_dump(include=self.model_fields_set)


class StartIn(Rule):
    """How to answer a table."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"columns": {"name": ["title"]}, "format": "csv", "accuracy": 0.98}],
            **NOT_BOTH,
        }
    )
    columns: ColumnsIn = Field(default_factory=lambda: ColumnsIn())
    format: Format = "xlsx"


class JobOptionsOut(Out):
    """How a table is answered."""

    columns: dict[str, list[str]]
    format: str
    accuracy: float | None
    threshold: float | None


class TableOut(Out):
    """Which column of a table is what."""

    columns: dict[str, list[str]]
    """Field → the columns that it is read from."""
    not_read: list[str]
    """Columns that nothing is read from; they are in the answers all the same."""
    category_form: str
    image_kind: str
    remarks: list[str]
    read_as: list[str]
    told: list[str]
    """The same in sentences."""


class FirstRowsOut(Out):
    """How a table begins."""

    columns: list[str]
    rows: list[dict[str, str | None]]
    """Column → what stands there, cut; null for nothing, and for a picture's bytes."""


class JobOut(Out):
    """A table and what becomes of it."""

    id: str
    state: str
    """reading, ready, queued, running, done, failed or cancelled."""
    name: str
    bytes: int
    created: float
    """Seconds since 1970."""
    changed: float
    table: TableOut | None
    options: JobOptionsOut
    done_rows: int
    total_rows: int | None
    result: dict[str, Any] | None
    """Counts of the answers, when it is done."""
    error: str | None


class JobsOut(Out):
    """All jobs, the oldest first."""

    jobs: list[JobOut]
