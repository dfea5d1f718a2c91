"""Predictors that stay loaded for as long as the process lives."""

from functools import lru_cache
from pathlib import Path

from prodcat.inference.predictor import Predictor
from prodcat.modeldir.format import MODEL_JSON, model_folder
from prodcat.product import PathLike


def cached_predictor(folder: PathLike | None = None) -> Predictor:
    """Return the predictor of a model directory, or of a run, loaded once in a process.

    It is loaded again when ``model.json`` has been written anew.
    """
    path = _bundled() if folder is None else model_folder(folder).resolve()
    try:
        written_ns = (path / MODEL_JSON).stat().st_mtime_ns
    except OSError:  # loading says what is wrong
        written_ns = 0
    return _load_once(path, written_ns)


@lru_cache(maxsize=1)
def _bundled() -> Path:
    # Asked for again with every single product.
    return model_folder(None).resolve()


@lru_cache(maxsize=4)
def _load_once(folder: Path, written_ns: int) -> Predictor:  # noqa: ARG001  (part of the key)
    return Predictor.load(folder)
