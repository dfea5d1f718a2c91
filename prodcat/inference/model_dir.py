"""A model directory: found, verified and described before anything of it is used.

All that prediction knows of a model lies in one folder of plain data, never
pickles. ``model.json`` names the other files with size and sha256, so that a
file that is missing, cut short or altered is told before it can answer wrongly.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from prodcat.calibration import Calibration
from prodcat.errors import ModelError, ModelNotFoundError, TaxonomyError
from prodcat.images import FITS
from prodcat.product import PathLike
from prodcat.taxonomy import Taxonomy

FORMAT = 1
MODEL_JSON = "model.json"
ONNX = "model.onnx"
TOKENIZER = "tokenizer.json"
TAXONOMY = "taxonomy.json"
CALIBRATION = "calibration.json"
CARD = "MODEL_CARD.md"
BUNDLED = Path(__file__).parents[1] / "models" / "default"

_ADVICE = " Train one with `prodcat train`, or point to the `model` folder of a run."


@dataclass(frozen=True)
class TextInput:
    """How a model reads names and descriptions."""

    encoder: str
    max_tokens: int

    def __post_init__(self) -> None:
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


@dataclass(frozen=True)
class ModelDir:
    """What ``model.json`` says, and the files beside it.

    Get one from `read_model_dir`.
    """

    folder: Path
    name: str
    version: str
    """Of the prodcat that wrote it."""
    text: TextInput | None
    """None when the model reads no text."""
    image: ImageInput | None
    """None when the model reads no pictures."""
    max_image_bytes: int
    max_image_pixels: int
    default_accuracy: float
    files: Mapping[str, Mapping[str, Any]] = field(repr=False)
    """File name → its ``sha256`` and ``bytes``."""
    fingerprint: str
    """Hash of ``model.json``, and with it of every file that it names."""

    @property
    def needed(self) -> tuple[str, ...]:
        """Names of the files that answering needs."""
        tokenizer = (TOKENIZER,) if self.text is not None else ()
        return (ONNX, *tokenizer, TAXONOMY, CALIBRATION)

    def verify(self, *, everything: bool = False) -> None:
        """Compare the files with the sizes and hashes of ``model.json``.

        Args:
            everything: Also those that answering does not need, such as the weights
                that training continues from; these may be absent, not altered.

        Raises:
            ModelNotFoundError: If a file that answering needs is not there.
            ModelError: If a file is not what it was when the model was written.
        """
        for name in self.needed:
            if name not in self.files:
                raise ModelError(
                    f"{self.folder / MODEL_JSON} lists no {name}, so it cannot be verified."
                    + _ADVICE
                )
            self._verify_file(name)
        if everything:
            for name in sorted(set(self.files) - set(self.needed)):
                if (self.folder / name).exists():
                    self._verify_file(name)

    def _verify_file(self, name: str) -> None:
        file, expected = self.folder / name, self.files[name]
        try:
            with file.open("rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                if size != expected["bytes"]:
                    raise ModelError(
                        f"{file} has {size:,} bytes, but {MODEL_JSON} says"
                        f" {expected['bytes']:,}: it was altered or only partly copied."
                        " Copy the model directory again."
                    )
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except FileNotFoundError as error:
            raise ModelNotFoundError(
                f"No model in {self.folder}: {name} is missing." + _ADVICE
            ) from error
        except OSError as error:
            raise ModelError(f"{file} cannot be read: {error.strerror}.") from error
        if found != expected["sha256"]:
            raise ModelError(
                f"{file} was altered: its sha256 is {found[:12]}…, but {MODEL_JSON} says"
                f" {expected['sha256'][:12]}…. Copy the model directory again."
            )

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The category tree that the model answers from."""
        return self._taxonomy_and_labels[0]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Category ids in the order of the logits, (C,)."""
        return self._taxonomy_and_labels[1]

    @cached_property
    def leaf_paths(self) -> tuple[tuple[str, ...], ...]:
        """Path of each logit's category, (C,)."""
        return tuple(self.taxonomy.path(label) for label in self.labels)

    @cached_property
    def calibration(self) -> Calibration:
        """Temperatures and thresholds, by the parts that a product has."""
        calibration = Calibration.from_dict(_read_json(self.folder / CALIBRATION))
        for parts, pattern in calibration.patterns.items():
            if self.default_accuracy not in pattern.thresholds:
                raise ModelError(
                    f"{self.folder / CALIBRATION} has no threshold for {parts} at the model's"
                    f" default accuracy of {self.default_accuracy}."
                )
        return calibration

    @cached_property
    def _taxonomy_and_labels(self) -> tuple[Taxonomy, tuple[str, ...]]:
        file = self.folder / TAXONOMY
        data = _read_json(file)
        try:
            tree, labels = Taxonomy.from_dict(data["taxonomy"]), tuple(data["labels"])
        except (KeyError, TypeError, TaxonomyError) as error:
            raise ModelError(f"{file} holds no category tree: {error}.") from error
        unknown = [label for label in labels if label not in tree]
        if unknown or not labels or len(set(labels)) < len(labels):
            raise ModelError(
                f"{file} is not consistent: it has {len(labels)} labels, of which"
                f" {len(set(labels))} are distinct and {len(unknown)} are not in its tree."
            )
        return tree, labels

    @property
    def card(self) -> str | None:
        """Text of the model card; None when there is none."""
        file = self.folder / CARD
        return file.read_text(encoding="utf-8") if file.is_file() else None

    @property
    def total_bytes(self) -> int:
        """Size of all files in the folder."""
        return sum(file.stat().st_size for file in self.folder.iterdir() if file.is_file())

    def to_dict(self) -> dict[str, Any]:
        """Describe the model in plain data, for a person or for JSON."""
        calibration = self.calibration
        return {
            "name": self.name,
            "folder": str(self.folder),
            "prodcat": self.version,
            "text": self.text.__dict__ if self.text else None,
            "image": self.image.__dict__ if self.image else None,
            "categories": len(self.labels),
            "taxonomy_version": self.taxonomy.version,
            "default_accuracy": self.default_accuracy,
            "thresholds": {
                parts: {str(a): pattern.threshold(a) for a in pattern.thresholds}
                for parts, pattern in calibration.patterns.items()
            },
            "files": {
                file.name: file.stat().st_size
                for file in sorted(self.folder.iterdir())
                if file.is_file()
            },
            "total_bytes": self.total_bytes,
            "fingerprint": self.fingerprint[:12],
        }


def read_model_dir(folder: PathLike | None = None) -> ModelDir:
    """Read what a folder says of the model in it, without loading the model.

    Args:
        folder: A model directory; None for the model that comes with prodcat.

    Raises:
        ModelNotFoundError: If there is no model.
        ModelError: If ``model.json`` is not one that this version understands.
    """
    path = BUNDLED if folder is None else Path(folder)
    file = path / MODEL_JSON
    if not path.is_dir():
        found = "it is a file" if path.exists() else "there is no such folder"
        raise ModelNotFoundError(f"No model in {path}: {found}." + _ADVICE)
    if not file.is_file():
        raise ModelNotFoundError(f"No model in {path}: {MODEL_JSON} is missing." + _ADVICE)
    data = _read_json(file)
    _check_format(file, data)
    try:
        return ModelDir(
            folder=path,
            name=str(data["name"]),
            version=str(data["prodcat"]),
            text=None if data["text"] is None else TextInput(**data["text"]),
            image=None if data["image"] is None else ImageInput(**data["image"]),
            max_image_bytes=int(data["limits"]["max_image_bytes"]),
            max_image_pixels=int(data["limits"]["max_image_pixels"]),
            default_accuracy=float(data["default_accuracy"]),
            files=_checked_files(file, data["files"]),
            fingerprint=hashlib.sha256(file.read_bytes()).hexdigest(),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{file} does not describe a model: {type(error).__name__} {error}."
            " It was altered, or written by another program."
        ) from error


def _check_format(file: Path, data: Mapping[str, Any]) -> None:
    found = data.get("format")
    if found == FORMAT:
        return
    newer = isinstance(found, int) and found > FORMAT
    advice = "Update prodcat" if newer else "Export the model again"
    raise ModelError(
        f"{file} has the format {found!r}; this prodcat reads format {FORMAT}. {advice}."
    )


def _checked_files(file: Path, files: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Refuse a listed file that lies elsewhere than in the model's own folder."""
    checked = {}
    for name, entry in files.items():
        if name in {"", ".", ".."} or "/" in name or "\\" in name or ":" in name:
            raise ModelError(
                f"{file} lists the file {name!r}; a model's files lie in its own folder."
            )
        checked[name] = {"sha256": str(entry["sha256"]), "bytes": int(entry["bytes"])}
    return checked


def _read_json(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_bytes())
    except FileNotFoundError as error:
        raise ModelNotFoundError(
            f"No model in {file.parent}: {file.name} is missing." + _ADVICE
        ) from error
    except OSError as error:
        raise ModelError(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # includes text that is not UTF-8
        raise ModelError(f"{file} is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise ModelError(f"{file} holds {type(data).__name__}, but a JSON object is expected.")
    return data
