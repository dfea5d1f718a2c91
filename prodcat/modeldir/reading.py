"""A model directory: written by training, found and verified before anything of it is used.

All that prediction knows of a model lies in one folder of plain data, never
pickles. ``model.json`` names the other files with size and sha256, so that a
file that is missing, cut short or altered is told before it can answer wrongly.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from prodcat.decision.calibration import Calibration
from prodcat.errors import ModelError, ModelNotFoundError, TaxonomyError
from prodcat.modeldir.format import (
    ADVICE,
    CALIBRATION,
    CARD,
    HEAD_ONNX,
    IMAGE_ONNX,
    MODEL_JSON,
    RUN_CONFIG,
    TAXONOMY,
    TEXT_ONNX,
    TOKENIZER,
    ImageInput,
    TextInput,
    check_format,
    checked_files,
    checked_share,
    model_folder,
    read_json_object,
)
from prodcat.product import PathLike
from prodcat.taxonomy.paths import CategoryPath
from prodcat.taxonomy.tree import Taxonomy


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
    name_view: float
    """A product that has more than a name is answered from its name alone as well, and these
    logits are added with this weight, 0 to 1."""
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
        text = (TEXT_ONNX, TOKENIZER) if self.text is not None else ()
        image = (IMAGE_ONNX,) if self.image is not None else ()
        return (*text, *image, HEAD_ONNX, TAXONOMY, CALIBRATION)

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
            # Else a file that somebody has struck from the list would be believed unseen.
            if name not in self.files:
                raise ModelError(
                    f"{self.folder / MODEL_JSON} lists no {name}, so it cannot be verified."
                    + ADVICE
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
                # Size before hash: a file that is cut short is told at once, and for what it is.
                size = os.fstat(stream.fileno()).st_size
                if size != expected["bytes"]:
                    raise ModelError(
                        f"{file} has {size:,} bytes, but {MODEL_JSON} says"
                        f" {expected['bytes']:,}: it was altered or only partly copied."
                        " Copy the model directory again."
                    )
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except FileNotFoundError as error:
            raise ModelNotFoundError(
                f"No model in {self.folder}: {name} is missing." + ADVICE
            ) from error
        except OSError as error:
            raise ModelError(f"{file} cannot be read: {error.strerror}.") from error
        if digest != expected["sha256"]:
            raise ModelError(
                f"{file} was altered: its sha256 is {digest[:12]}…, but {MODEL_JSON} says"
                f" {expected['sha256'][:12]}…. Copy the model directory again."
            )

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The category tree that the model answers from."""
        # Tree and labels are of one file, which is read once for both.
        return self._taxonomy_and_labels[0]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Category ids in the order of the logits, (C,)."""
        return self._taxonomy_and_labels[1]

    @cached_property
    def leaf_paths(self) -> tuple[CategoryPath, ...]:
        """Path of each logit's category, (C,)."""
        return tuple(self.taxonomy.path(label) for label in self.labels)

    @cached_property
    def calibration(self) -> Calibration:
        """Temperatures and thresholds, by the parts that a product has."""
        calibration = Calibration.from_dict(read_json_object(self.folder / CALIBRATION))
        for parts, pattern in calibration.patterns.items():
            # With evidence a threshold is found for any accuracy; models of format 2 have none, and
            # know the accuracies alone that they were fitted for.
            if pattern.evidence is None and self.default_accuracy not in pattern.thresholds:
                raise ModelError(
                    f"{self.folder / CALIBRATION} has no threshold for {parts} at the model's"
                    f" default accuracy of {self.default_accuracy}."
                )
        return calibration

    @cached_property
    def _taxonomy_and_labels(self) -> tuple[Taxonomy, tuple[str, ...]]:
        file = self.folder / TAXONOMY
        data = read_json_object(file)
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


def read_model_dir(folder: PathLike | None = None) -> ModelDir:
    """Read what a folder says of the model in it, without loading the model.

    Args:
        folder: A model directory, or the run that it is of; None for the model that comes with
            prodcat.

    Raises:
        ModelNotFoundError: If there is no model.
        ModelError: If ``model.json`` is not one that this version understands.
    """
    path = model_folder(folder)
    file = path / MODEL_JSON
    if not path.is_dir():
        reason = "it is a file" if path.exists() else "there is no such folder"
        raise ModelNotFoundError(f"No model in {path}: {reason}." + ADVICE)
    if not file.is_file():
        unfinished = " It is a run that has not come to its end; the same `prodcat train` goes on."
        advice = unfinished if (path / RUN_CONFIG).is_file() else ADVICE
        raise ModelNotFoundError(f"No model in {path}: {MODEL_JSON} is missing." + advice)
    data = read_json_object(file)
    check_format(file, data)
    try:
        return ModelDir(
            folder=path,
            name=str(data["name"]),
            version=str(data["prodcat"]),
            # A setting that we do not know is refused, for it would change answers.
            text=None if data["text"] is None else TextInput(**data["text"]),
            image=None if data["image"] is None else ImageInput(**data["image"]),
            name_view=checked_share("name_view", data["name_view"]),
            max_image_bytes=int(data["limits"]["max_image_bytes"]),
            max_image_pixels=int(data["limits"]["max_image_pixels"]),
            default_accuracy=float(data["default_accuracy"]),
            files=checked_files(file, data["files"]),
            fingerprint=hashlib.sha256(file.read_bytes()).hexdigest(),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            # A list for an object, a missing key, a word for a number: each fails in its way.
            f"{file} does not describe a model: {type(error).__name__} {error}."
            " It was altered, or written by another program."
        ) from error
