"""Answers as columns of a table."""

from collections.abc import Sequence
from typing import Any

from prodcat.errors import require
from prodcat.product import Prediction
from prodcat.taxonomy.paths import join_path


def answer_schema() -> Any:
    """Columns of OUT."""
    arrow = require("pyarrow", extra="bulk")
    alternative = arrow.struct([("path", arrow.string()), ("probability", arrow.float64())])
    return arrow.schema(
        [
            ("id", arrow.string()),
            ("category", arrow.string()),
            ("probability", arrow.float64()),
            ("abstained", arrow.bool_()),
            ("leaf", arrow.string()),
            ("leaf_probability", arrow.float64()),
            ("alternatives", arrow.list_(alternative)),
            ("error", arrow.string()),
        ]
    )


def answer_table(ids: Sequence[str | None], predictions: Sequence[Prediction]) -> Any:
    """Return rows of OUT as an Arrow table."""
    rows = [answer_row(i, p) for i, p in zip(ids, predictions, strict=True)]
    # By the schema: of a batch that abstains throughout, Arrow would make columns of nulls, which
    # do not fit beside those of other batches.
    return require("pyarrow", extra="bulk").Table.from_pylist(rows, schema=answer_schema())


def answer_row(product_id: str | None, prediction: Prediction) -> dict[str, Any]:
    """Return one row of OUT.

    >>> row = answer_row("7", Prediction(("Bags",), 0.9))
    >>> row["id"], row["category"], row["leaf"]
    ('7', 'Bags', None)
    """
    alternatives = [
        {"path": join_path(a.path), "probability": a.probability} for a in prediction.alternatives
    ]
    # Of a product without any readable part there is no probability, not one of 0.
    unread = prediction.abstained and not alternatives
    return {
        "id": product_id,
        "category": join_path(prediction.path) if prediction.path else None,
        "probability": None if unread else prediction.probability,
        "abstained": prediction.abstained,
        "leaf": alternatives[0]["path"] if alternatives else None,
        "leaf_probability": alternatives[0]["probability"] if alternatives else None,
        "alternatives": alternatives,
        "error": prediction.error,
    }
