"""The files of a model directory, and what ``model.json`` may say."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodcat.errors import ModelError, ModelNotFoundError
from prodcat.inputs.images import FITS
from prodcat.inputs.tokens import DESCRIPTIONS, TOKENIZER_FILE
from prodcat.product import PathLike

WEIGHTS_FILE = "weights.safetensors"


FORMAT = 3
READ_FORMATS = (2, 3)
"""Format 2 has fitted thresholds alone: no confidence of its own, no evidence, no novelty."""
MODEL_JSON = "model.json"
TEXT_ONNX = "text.onnx"
IMAGE_ONNX = "image.onnx"
HEAD_ONNX = "head.onnx"
TOKENIZER = TOKENIZER_FILE
TAXONOMY = "taxonomy.json"
CALIBRATION = "calibration.json"
CARD = "MODEL_CARD.md"
BUNDLED = Path(__file__).parents[1] / "models" / "default"

RUN_MODEL = "model"
"""Folder of a run that holds its model."""
RUN_CONFIG = "config.yaml"
"""What a run begins with."""
ADVICE = " Train one with `prodcat train`, or point to the `model` folder of a run."


@dataclass(frozen=True)
class TextInput:
    """How a model reads names and descriptions."""

    encoder: str
    max_tokens: int
    description: str = "always"
    """``always``, or ``alone``: only where there is no name."""

    def __post_init__(self) -> None:
        # A plain ValueError, here and below: who reads the file names it in the message.
        if self.description not in DESCRIPTIONS:
            raise ValueError(
                f"description is {self.description!r}, expected one of {', '.join(DESCRIPTIONS)}"
            )
        if not isinstance(self.max_tokens, int) or self.max_tokens < 1:
            raise ValueError(f"max_tokens is {self.max_tokens!r}, expected 1 or more")


@dataclass(frozen=True)
class ImageInput:
    """How a model reads pictures; sizes in pixels."""

    encoder: str
    height: int
    width: int
    fit: str = "letterbox"

    def __post_init__(self) -> None:
        for side in (self.height, self.width):
            if not isinstance(side, int) or side < 1:
                raise ValueError(f"a side of the pictures is {side!r}, expected 1 or more")
        if self.fit not in FITS:
            raise ValueError(f"fit is {self.fit!r}, expected one of {', '.join(FITS)}")


def model_folder(folder: PathLike | None) -> Path:
    """Return the model directory that is named by itself, or by the run that it is of.

    Args:
        folder: Either; None for the model that comes with prodcat.
    """
    path = BUNDLED if folder is None else Path(folder)
    of_run = path / RUN_MODEL
    return of_run if _holds_model(of_run) and not _holds_model(path) else path


def _holds_model(folder: Path) -> bool:
    return (folder / MODEL_JSON).is_file()


def check_format(file: Path, data: Mapping[str, Any]) -> None:
    """Refuse a format that this version of prodcat does not read."""
    number = data.get("format")
    if number in READ_FORMATS:
        return
    newer = isinstance(number, int) and number > FORMAT
    advice = "Update prodcat" if newer else "Export the model again"
    raise ModelError(
        f"{file} has the format {number!r}; this prodcat reads format {FORMAT}. {advice}."
    )


def checked_files(file: Path, files: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Refuse a listed file that lies elsewhere than in the model's own folder."""
    checked = {}
    for name, entry in files.items():
        # A model may come from anybody, and be opened on Windows: there a backslash or a drive,
        # such as `C:`, leads out of the folder, too.
        if name in {"", ".", ".."} or "/" in name or "\\" in name or ":" in name:
            raise ModelError(
                f"{file} lists the file {name!r}; a model's files lie in its own folder."
            )
        checked[name] = {"sha256": str(entry["sha256"]), "bytes": int(entry["bytes"])}
    return checked


def checked_share(name: str, value: object) -> float:
    """Refuse what is no number from 0 to 1."""
    # To Python, the true of JSON is an int.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{name} is {value!r}, expected a number from 0 to 1")
    return float(value)


def read_json_object(file: Path) -> dict[str, Any]:
    """Read a JSON object, or say in one line why it is none."""
    try:
        data = json.loads(file.read_bytes())
    except FileNotFoundError as error:
        raise ModelNotFoundError(
            f"No model in {file.parent}: {file.name} is missing." + ADVICE
        ) from error
    except OSError as error:
        raise ModelError(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # includes text that is not UTF-8
        raise ModelError(f"{file} is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise ModelError(f"{file} holds {type(data).__name__}, but a JSON object is expected.")
    return data
