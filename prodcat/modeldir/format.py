"""The files of a model directory, and what ``model.json`` may say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from prodcat.errors import ModelError
from prodcat.inputs.images import FITS
from prodcat.inputs.tokens import DESCRIPTIONS, MAX_TOKENS, TOKENIZER_FILE
from prodcat.product import PathLike

WEIGHTS_FILE = "weights.safetensors"


FORMAT = 3
MOVED_FORMAT = 4
CASCADE_FORMAT = 5
READ_FORMATS = (2, FORMAT, MOVED_FORMAT, CASCADE_FORMAT)
"""Format 2 has fitted thresholds alone: no confidence of its own, no evidence, no novelty. Format 4
has answers in another tree than that of its logits, where some of these are one category, or none;
training writes none. Format 5 has a smaller network that is asked first, in a folder of its own,
and may be moved to another tree, too."""
MODEL_JSON = "model.json"
TEXT_ONNX = "text.onnx"
IMAGE_ONNX = "image.onnx"
HEAD_ONNX = "head.onnx"
TOKENIZER = TOKENIZER_FILE
TAXONOMY = "taxonomy.json"
CALIBRATION = "calibration.json"
CARD = "MODEL_CARD.md"
BUNDLED = Path(__file__).parents[1] / "models" / "default"

FIRST = "first"
"""Folder within a cascade that holds the smaller model."""
RUN_MODEL = "model"
"""Folder of a run that holds its model."""
RUN_CONFIG = "config.yaml"
"""What a run begins with."""
MAX_SIDE = 4096
"""Pixels of a side of what an encoder reads; those of people's encoders have a few hundred."""
MAX_IMAGE_BYTES = 1 << 28
MAX_IMAGE_PIXELS = 1 << 28
"""The most that a model may let through of a picture, in a file and decoded."""
MAX_LEAVES = 1 << 24
MAX_FILES = 100
MAX_FILE_BYTES = 1 << 36
MAX_TEXT = 1000
"""Characters of a name, such as that of an encoder."""
SHA256 = re.compile("[0-9a-f]{64}")
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
        checked_text("encoder", self.encoder)
        if self.description not in DESCRIPTIONS:
            raise ValueError(
                f"description is {self.description!r}, expected one of {', '.join(DESCRIPTIONS)}"
            )
        checked_whole("max_tokens", self.max_tokens, 1, MAX_TOKENS)


@dataclass(frozen=True)
class ImageInput:
    """How a model reads pictures; sizes in pixels."""

    encoder: str
    height: int
    width: int
    fit: str = "letterbox"

    def __post_init__(self) -> None:
        checked_text("encoder", self.encoder)
        for side in (self.height, self.width):
            checked_whole("a side of the pictures", side, 1, MAX_SIDE)
        if self.fit not in FITS:
            raise ValueError(f"fit is {self.fit!r}, expected one of {', '.join(FITS)}")


@dataclass(frozen=True)
class Handover:
    """How a cascade's networks work together."""

    gate: float
    """Least probability with which the smaller network's leaf is the answer, 0 to 1."""
    weight: float
    """How much its logits count beside those of the larger one, where both are asked, 0 to 1."""
    scale: float
    """What its logits are multiplied by, to be as sure as the larger one's."""
    columns: tuple[int | None, ...]
    """Place of each leaf of the larger one among its logits; None for one that it lacks."""
    text_gate: float | None = None
    """The gate for its answer to texts alone: of products without a picture, and of those with
    one, which is not looked at then. None for the other gate, and to look at all pictures."""

    def gate_of(self, parts: Sequence[str]) -> float:
        """Return the gate for what the smaller network says of these parts."""
        alone = self.text_gate is not None and "image" not in parts
        return self.text_gate if alone and self.text_gate is not None else self.gate

    def to_dict(self, sha256: str) -> dict[str, Any]:
        """Return plain data for JSON.

        Args:
            sha256: Of the smaller one's ``model.json``.
        """
        return {
            "gate": self.gate,
            "text_gate": self.text_gate,
            "weight": self.weight,
            "scale": self.scale,
            "columns": list(self.columns),
            "sha256": sha256,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Handover":
        """Read what `to_dict` wrote.

        Raises:
            ValueError: If a number cannot be one.
            KeyError: If something is missing.
        """
        scale = data["scale"]
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < scale <= 1000:
            raise ValueError(f"scale is {scale!r:.50}, expected a number above 0, up to 1,000")
        columns = tuple(
            None if place is None else checked_whole("a column", place, 0, MAX_LEAVES)
            for place in data["columns"]
        )
        known = [place for place in columns if place is not None]
        if len(set(known)) < len(known) or not known:
            raise ValueError("its columns name a leaf twice, or none")
        return cls(
            checked_share("gate", data["gate"]),
            checked_share("weight", data["weight"]),
            float(scale),
            columns,
            None if data["text_gate"] is None else checked_share("text_gate", data["text_gate"]),
        )


class Reads(Protocol):
    """What reads products."""

    @property
    def text(self) -> TextInput | None:
        """How it reads texts; None where it reads none."""

    @property
    def image(self) -> ImageInput | None:
        """The same of pictures."""


def reads_more(first: Reads, second: Reads) -> str:
    """Return in words what *first* reads of a product and *second* does not; empty for nothing."""
    if first.image is not None and second.image is None:
        return "pictures"
    if first.text is None:
        return ""
    if second.text is None:
        return "texts"
    more = (first.text.description, second.text.description) == ("always", "alone")
    return "descriptions beside names" if more else ""


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


def format_of(*, cascade: bool = False, moved: bool = False) -> int:
    """Return the format that a model is written in."""
    if cascade:
        return CASCADE_FORMAT
    return MOVED_FORMAT if moved else FORMAT


def check_format(file: Path, data: Mapping[str, Any]) -> None:
    """Refuse a format that this version of prodcat does not read."""
    number = data.get("format")
    if number in READ_FORMATS:
        return
    newer = isinstance(number, int) and number > max(READ_FORMATS)
    advice = "Update prodcat" if newer else "Export the model again"
    raise ModelError(
        f"{file} has the format {number!r}; this prodcat reads format {FORMAT}. {advice}."
    )


def checked_files(file: Path, files: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Refuse a listed file that lies elsewhere than in the model's own folder."""
    if len(files) > MAX_FILES:
        raise ValueError(f"it lists {len(files):,} files, expected at most {MAX_FILES}")
    checked = {}
    for name, entry in files.items():
        # A model may come from anybody, and be opened on Windows: there a backslash or a drive,
        # such as `C:`, leads out of the folder, too. No file's name can hold a NUL.
        if name in {"", ".", ".."} or any(sign in name for sign in "/\\:\0"):
            raise ModelError(
                f"{file} lists the file {name!r:.200}; a model's files lie in its own folder."
            )
        if not isinstance(entry["sha256"], str) or not SHA256.fullmatch(entry["sha256"]):
            raise ValueError(f"the sha256 of {name!r:.200} is none")
        size = checked_whole(f"the size of {name!r:.200}", entry["bytes"], 0, MAX_FILE_BYTES)
        checked[name] = {"sha256": entry["sha256"], "bytes": size}
    return checked


def checked_share(name: str, value: object) -> float:
    """Refuse what is no number from 0 to 1."""
    # To Python, the true of JSON is an int.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{name} is {value!r:.50}, expected a number from 0 to 1")
    return float(value)


def checked_whole(name: str, value: object, low: int, high: int) -> int:
    """Refuse what is no whole number, or out of its range."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name} is {value!r:.50}, expected a whole number, {low} to {high:,}")
    return value


def checked_text(name: str, value: object) -> str:
    """Refuse what is no text, or far too long for a name."""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError(f"{name} is {value!r:.50}, expected a text of at most {MAX_TEXT:,} signs")
    return value
