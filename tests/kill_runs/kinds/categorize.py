"""What ``prodcat categorize`` calls: a table in threads, with a cache of embeddings."""

from pathlib import Path
from typing import Any

from tests.bulk.tables import answered
from tests.model_files import build_model_dir
from tests.toy import write_products

IMPORTS = (
    *("prodcat.bulk.categorizing", "prodcat.inference.predictor", "prodcat.embeddings.cache"),
    *("onnxruntime", "pyarrow.parquet", "tokenizers"),
)
PRODUCTS = 240


def prepare(inputs: Path) -> None:
    write_products(inputs, "csv", products=PRODUCTS)
    build_model_dir(inputs / "model")


def run(inputs: Path, out: Path, *, engine: Any = None, **more: Any) -> None:
    from prodcat.bulk.answering import CategorizeOptions, on_this_machine
    from prodcat.bulk.categorizing import categorize
    from prodcat.errors import InputError
    from prodcat.inference.predictor import Predictor

    output = out / "answers.parquet"
    is_there = output.exists()
    try:
        categorize(
            inputs / "products.csv",
            output,
            predictor=Predictor.load(inputs / "model", threads=1, cache=out / "cache"),
            # Fewer rows in a part than the command has, for more parts.
            options=CategorizeOptions(part_rows=40, batch_size=10, workers=2, **more),
            engine=engine or on_this_machine,
        )
    except InputError as error:
        # It was killed when it had its answers, and says so; rests go all the same.
        if not is_there or "has finished before" not in str(error):
            raise


def outcome(inputs: Path, out: Path) -> Any:
    return answered(out / "answers.parquet")
