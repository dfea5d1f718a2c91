"""Categorize products by name, description and picture, any of them missing.

import prodcat

answer = prodcat.predict(name="Nike Men Running Shoes", image="shoes.jpg")
print(answer)  # a path of the tree and its calibrated probability, or an abstention
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from prodcat.errors import (
    AnalyzeError,
    ConfigError,
    CorpusError,
    ImageError,
    InputError,
    MissingDependencyError,
    ModelError,
    ModelNotFoundError,
    ProdcatError,
    RunError,
    SearchError,
    TableError,
    TaxonomyError,
)
from prodcat.product import Alternative, ImageSource, PathLike, Prediction, Product

if TYPE_CHECKING:
    from prodcat.bulk.answering import CategorizeOptions
    from prodcat.explore.exploring import explore
    from prodcat.inference.predictor import Predictor
    from prodcat.screen import OnProgress
    from prodcat.search.similar import SimilarProducts
    from prodcat.starting.result import Started
    from prodcat.tables.columns import Columns
    from prodcat.taxonomy.mapping import TreeMapping
    from prodcat.taxonomy.tree import Taxonomy
    from prodcat.training.fit import RunResult
    from prodcat.trial.evaluating import EvaluateOptions
    from prodcat.trial.result import Evaluation

    __version__: str

__all__ = [
    "Alternative",
    "AnalyzeError",
    "ConfigError",
    "CorpusError",
    "ImageError",
    "InputError",
    "MissingDependencyError",
    "ModelError",
    "ModelNotFoundError",
    "Prediction",
    "Predictor",
    "ProdcatError",
    "Product",
    "RunError",
    "SearchError",
    "SimilarProducts",
    "TableError",
    "TaxonomyError",
    "__version__",
    "categorize",
    "evaluate",
    "explore",
    "predict",
    "start",
    "train",
]


def predict(
    name: str | None = None,
    desc: str | None = None,
    image: ImageSource | None = None,
    *,
    description: str | None = None,
    model: PathLike | None = None,
    accuracy: float | None = None,
    confidence: float | None = None,
    threshold: float | None = None,
    as_tree: "TreeMapping | None" = None,
) -> Prediction:
    """Categorize one product, of which any part may be missing, but not all.

    Args:
        name: The product's name.
        desc: Its description.
        image: Its picture: path; encoded bytes, or a file object or base64 of them; PIL image;
            array of uint8; tensor; or a dict of ``bytes`` and ``path``, as Hugging Face has.
        description: The same as *desc*; give one of them.
        model: A model directory, or the run that it is of, loaded once; None for the model that
            comes with prodcat.
        accuracy: How often answers shall be right, 0.5 to 0.999, such as 0.98; picks the
            threshold that keeps this for the products to come. None for the model's default.
        confidence: How sure that promise is to hold, such as 0.95; None for what the model was
            made for.
        threshold: Least probability to answer with, 0 to 1, instead of *accuracy*.
        as_tree: From the model's tree to another, which is answered in; None for the model's own.

    Raises:
        InputError: If nothing is given, or a part is of a type that cannot be read.
        ImageError: If the picture cannot be decoded.
        ModelError: If the model directory is missing, altered or not one.
    """
    from prodcat.inference.cached import cached_predictor

    predictor = cached_predictor(model)
    return (predictor if as_tree is None else predictor.in_tree(as_tree)).predict(
        name,
        desc,
        image,
        description=description,
        accuracy=accuracy,
        confidence=confidence,
        threshold=threshold,
    )


def categorize(
    source: Any,
    output: PathLike | None = None,
    *,
    model: "Predictor | PathLike | None" = None,
    accuracy: float | None = None,
    columns: "Columns | None" = None,
    options: "CategorizeOptions | None" = None,
) -> Any:
    """Categorize all products of a data frame, or of a table by its path.

    A frame is given back with our columns after its own: category, probability, abstained,
    reason, leaf, leaf_probability, alternatives, error. A column of its own with such a name gets
    ``_input`` behind it. Rows keep their order, and pandas its index.

    Args:
        source: A pandas or polars DataFrame, an Arrow table, batch or reader, whatever else has
            the Arrow interface (then an Arrow table comes back), or a path to a table.
        output: Of a path, the file to write the answers to.
        model: A model directory or a `Predictor`; None for the model that comes with prodcat.
        accuracy: How often answers shall be right; None for the model's default.
        columns: Field (id, name, description, image) → the column that holds it, for those
            that are not found by their names.
        options: Everything else, see `prodcat.bulk.CategorizeOptions`. Of a frame, paths of
            pictures start in the working folder, unless ``image_root`` says otherwise, and may
            not leave it; workers and parts are of paths alone.

    Returns:
        The frame, of the kind that came in; of a path a `prodcat.bulk.CategorizeResult`.

    Raises:
        TableError: If there is no table, or none of its columns can be read.
        InputError: If *source* is no table, an option does not fit, or *output* is missing.
        ModelError: If the model directory is missing, altered or not one.
    """
    from dataclasses import replace

    from prodcat.bulk.answering import CategorizeOptions
    from prodcat.bulk.frames import categorize_either

    chosen = options or CategorizeOptions()
    if accuracy is not None:
        chosen = replace(chosen, accuracy=accuracy)
    if columns is not None:
        chosen = replace(chosen, columns=columns)
    return categorize_either(source, output, model, chosen)


def evaluate(
    table: PathLike,
    models: "PathLike | Iterable[PathLike | None] | None" = None,
    *,
    accuracy: float = 0.98,
    options: "EvaluateOptions | None" = None,
    on_progress: "OnProgress | None" = None,
) -> "Evaluation":
    """Find out how models do on a labelled table, be it 20 products or 20,000.

    `prodcat.trial.write_evaluation` makes a workbook or a page of what it found.

    Args:
        table: Whatever `prodcat.tables` reads, with a column of the products' right category.
        models: One or several model directories, which are compared; None for the model that
            comes with prodcat.
        accuracy: How often answers shall be right; whether that was kept is told.
        options: How the table is read, see `prodcat.trial.EvaluateOptions`; its ``columns``
            name the label where it is not found by its name.
        on_progress: Called after each batch.

    Returns:
        The measures of each model with their 95 % intervals, whether the accuracy was kept and
        how surely that can be said, which model is better, labels that a tree lacks, rows that
        were left out and why, and what each model says of each product.

    Raises:
        TableError: If the table cannot be read, or has no labelled product.
        InputError: If a model cannot be asked for that accuracy.
        ModelError: If a model directory is missing, altered or not one.
    """
    from prodcat.trial.evaluating import evaluate as evaluate_models

    return evaluate_models(
        table, models, accuracy=accuracy, options=options, on_progress=on_progress
    )


def train(
    data: Any,
    out: PathLike,
    *,
    preset: str = "default",
    config: PathLike | None = None,
    settings: Sequence[str] = (),
    columns: "Columns | None" = None,
    category: str | None = None,
    again: bool = False,
    on_message: Callable[[str], None] | None = None,
    on_progress: "OnProgress | None" = None,
    **reading: Any,
) -> "RunResult":
    """Train a model on a data frame, a table or a corpus, or go on with an interrupted run.

    A table or a frame is imported into a corpus beside the run, ``runs/shop.db`` beside
    ``runs/shop``; importing it again changes nothing.

    Args:
        data: A pandas or polars DataFrame, an Arrow table or reader, the path of a table or of a
            folder or pattern of tables, or of a corpus.
        out: The run directory, in which everything is written.
        preset: Settings by name: ``fast``, ``default`` or ``best``.
        config: A YAML file with settings that change the preset's.
        settings: Single changes, last of all, such as ``"train.lr=1e-3"``.
        columns: Field (id, name, description, image, category …) → the column that holds it, for
            those that are not found by their names.
        category: Short for the column of the category in *columns*; several, with commas
            between, are its levels.
        again: Train anew where a run has begun or finished; what is there is kept beside.
        on_message: Gets a line now and then, such as ``print``: which column was read as what,
            which rows were left out and why, and how far the training is.
        on_progress: Called while a table is read.
        reading: Further options of `prodcat.tables.open_table`, such as ``separator`` and
            ``image_root``, and ``source_name``, the first part of the products' ids.

    Returns:
        What came of it: ``run_dir``, ``metrics``, ``predictor``, and of a table ``corpus``,
        ``imported`` and ``told``.

    Raises:
        TableError: If the table cannot be read, or lacks a column that was asked for.
        InputError: If *data* is none of these.
        CorpusError: If no product came in, or too few to learn from.
        ConfigError: If a preset or a setting is unknown, or what it names is not there.
        RunError: If the folder holds a run with other settings, or of other products.
        MissingDependencyError: Without the ``train`` extra.
    """
    from pathlib import Path

    from prodcat.errors import require
    from prodcat.training.presets import load_preset

    chosen = load_preset(preset, None if config is None else Path(config), settings)
    for library in ("torch", "pytorch_lightning"):
        require(library, extra="train")
    from prodcat.training.from_tables import train_on

    named = {**(columns or {}), **({} if category is None else {"category": category})}
    return train_on(
        data,
        out,
        chosen,
        reading={**reading, "columns": named or None},
        again=again,
        on_message=on_message,
        on_progress=on_progress,
    )


def start(
    tree: "PathLike | Taxonomy",
    out: PathLike,
    *,
    products: PathLike | None = None,
    encoder: PathLike | None = None,
    threads: int = 1,
    on_message: Callable[[str], None] | None = None,
    on_progress: "OnProgress | None" = None,
) -> "Started":
    """Make a model of the names of its categories, before any product has a label.

    Args:
        tree: A file of any form that `prodcat.trees.read_tree` reads, a corpus, or a tree.
        out: The model directory to write; it may not be there yet.
        products: A table or a corpus of the shop's products, whose labels are not looked at.
        encoder: A model directory or run whose text encoder is taken, or the folder or hub name
            of a pretrained one; None for the bundled model's, which is of fashion.
        threads: To compute with.
        on_message: Gets a line for each step, such as ``print``.
        on_progress: Called while texts are embedded.

    Returns:
        What came of it: which categories are alike, and how many products to label for a promise.

    Raises:
        TaxonomyError: If there is no tree, or it has a single category.
        TableError: If the products cannot be read, or have no name.
        ModelError: If *out* is there already, or the encoder cannot be used.
        MissingDependencyError: Without the ``train`` extra.
    """
    from prodcat.starting.starting import start as start_model

    return start_model(
        tree,
        out,
        products=products,
        encoder=encoder,
        threads=threads,
        on_message=on_message,
        on_progress=on_progress,
    )


def __getattr__(name: str) -> Any:
    """Import what takes time, such as onnxruntime, when it is first asked for."""
    if name == "Predictor":
        from prodcat.inference.predictor import Predictor

        return Predictor
    if name == "explore":
        # The room and the call have one name: whichever was there first, it is the room, which
        # can be called.
        from importlib import import_module

        return import_module("prodcat.explore")
    if name == "SimilarProducts":
        from prodcat.search.similar import SimilarProducts

        return SimilarProducts
    if name == "__version__":
        from prodcat.version import installed_version

        return installed_version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
