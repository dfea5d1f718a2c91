"""A model directory: written by training, found and verified before anything of it is used.

All that prediction knows of a model lies in one folder of plain data, never
pickles. ``model.json`` names the other files with size and sha256, so that a
file that is missing, cut short or altered is told before it can answer wrongly.
What is used of a file are the bytes that were compared: each is read once, into
memory, and never opened again by its name.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from prodcat.decision.calibration import Calibration
from prodcat.errors import ModelError, one_line
from prodcat.inputs.strict_json import MAX_JSON_BYTES, parse_json_object
from prodcat.modeldir.files import read_card, read_model_json, read_verified
from prodcat.modeldir.format import (
    ADVICE,
    CALIBRATION,
    CASCADE_FORMAT,
    FIRST,
    HEAD_ONNX,
    IMAGE_ONNX,
    MAX_IMAGE_BYTES,
    MAX_IMAGE_PIXELS,
    MODEL_JSON,
    TAXONOMY,
    TEXT_ONNX,
    TOKENIZER,
    Handover,
    ImageInput,
    TextInput,
    check_format,
    checked_files,
    checked_share,
    checked_text,
    checked_whole,
    model_folder,
    reads_more,
)
from prodcat.modeldir.trees import ModelTrees, read_trees
from prodcat.product import PathLike
from prodcat.taxonomy.paths import CategoryPath
from prodcat.taxonomy.translated import TranslatedLeaves
from prodcat.taxonomy.tree import Taxonomy


@dataclass(frozen=True)
class FirstModel:
    """The smaller model of a cascade, and when its answer is enough."""

    model: "ModelDir"
    handover: Handover


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
    """Hash of ``model.json``, and with it of every file that it names. It tells this model from
    any other, and nothing of who made it."""
    first: "FirstModel | None" = None
    """The smaller model that a cascade asks first; None for a model that is none."""
    model_json: bytes = field(default=b"", repr=False, compare=False)
    """What was read of ``model.json``."""
    _held: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    """What was verified and not yet asked for, so that it is read and hashed but once."""

    def files_needed(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files that answering needs, but ``model.json``, by name in this folder.

        Those of a cascade's smaller model follow, its own ``model.json`` among them.
        """
        for name in self.needed:
            yield name, self.content(name)
        if self.first is not None:
            yield f"{FIRST}/{MODEL_JSON}", self.first.model.model_json
            for name, content in self.first.model.files_needed():
                yield f"{FIRST}/{name}", content

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
            ModelError: If a file is not what it was when the model was written, or no plain file.
        """
        for name in self.needed:
            self._held[name] = self._verified(name, keep=True)
        if self.first is not None:
            self.first.model.verify(everything=everything)
        if everything:
            for name in sorted(set(self.files) - set(self.needed)):
                # A link that leads nowhere is there, too, and is refused.
                if os.path.lexists(self.folder / name):
                    self._verified(name)

    def content(self, name: str) -> bytes:
        """Return what is in a file, compared with ``model.json`` as `verify` does.

        What is used of a model is used from here. Of a file that `verify` has read, the first
        call returns what was read then; a later one reads it again, and tells a file that was put
        in its place.

        Args:
            name: A file that ``model.json`` lists.

        Raises:
            ModelNotFoundError: If it is not there.
            ModelError: If it is not what it was when the model was written, or no plain file.
        """
        held = self._held.pop(name, None)
        return self._verified(name, keep=True) if held is None else held

    def read_json(self, name: str) -> dict[str, Any]:
        """Return the JSON object in a file; raises as `content`, and if it is none."""
        file = self.folder / name
        if self._entry(name)["bytes"] > MAX_JSON_BYTES:
            raise ModelError(f"{file} is larger than the {MAX_JSON_BYTES:,} bytes read of JSON.")
        return parse_json_object(self.content(name), file)

    def _entry(self, name: str) -> Mapping[str, Any]:
        # Else a file that somebody has struck from the list would be believed unseen.
        if name not in self.files:
            raise ModelError(
                f"{self.folder / MODEL_JSON} lists no {name}, so it cannot be verified." + ADVICE
            )
        return self.files[name]

    def _verified(self, name: str, *, keep: bool = False) -> bytes:
        return read_verified(self.folder / name, self._entry(name), keep=keep)

    @property
    def taxonomy(self) -> Taxonomy:
        """The category tree of the logits; a moved model answers in another one."""
        return self._trees.taxonomy

    @property
    def moved(self) -> TranslatedLeaves | None:
        """What the logits' categories are in the tree that it was moved to; None for the same."""
        return self._trees.moved

    @property
    def answered_paths(self) -> tuple[CategoryPath, ...]:
        """Paths of the leaves that it answers with."""
        return self.leaf_paths if self.moved is None else self.moved.paths

    @property
    def answered_labels(self) -> tuple[str, ...]:
        """Ids of the categories that it answers with, in `answered_taxonomy`."""
        return self._trees.answered_labels

    @property
    def answered_taxonomy(self) -> Taxonomy:
        """The category tree that it answers in."""
        return self._trees.answered

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Category ids in the order of the logits, (C,)."""
        return self._trees.labels

    @cached_property
    def leaf_paths(self) -> tuple[CategoryPath, ...]:
        """Path of each logit's category, (C,)."""
        return tuple(self.taxonomy.path(label) for label in self.labels)

    @cached_property
    def calibration(self) -> Calibration:
        """Temperatures and thresholds, by the parts that a product has."""
        calibration = Calibration.from_dict(self.read_json(CALIBRATION))
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
    def _trees(self) -> ModelTrees:
        # Trees and labels are of one file, which is read once for all.
        return read_trees(self.folder / TAXONOMY, self.read_json(TAXONOMY))

    @property
    def card(self) -> str | None:
        """Text of the model card; None when there is none.

        Nothing vouches for what is in it, so it may be under no second name, such as that of
        somebody's secrets.

        Raises:
            ModelError: If it is no plain file, or too large, or has other names.
        """
        return read_card(self.folder)


def read_model_dir(folder: PathLike | None = None) -> ModelDir:
    """Read what a folder says of the model in it, without loading the model.

    Args:
        folder: A model directory, or the run that it is of; None for the model that comes with
            prodcat.

    Raises:
        ModelNotFoundError: If there is no model.
        ModelError: If ``model.json`` is not one that this version understands.
    """
    return _read(model_folder(folder))


def _read(path: Path, *, within: bool = False) -> ModelDir:
    """Read the model in exactly this folder; one *within* another is no cascade itself."""
    file, content = path / MODEL_JSON, read_model_json(path)
    data = parse_json_object(content, file)
    check_format(file, data)
    try:
        limits = data["limits"]
        first = data.get(FIRST)
        if (first is not None) != (data["format"] == CASCADE_FORMAT) or (within and first):
            raise ValueError(f"format {data['format']} with {FIRST!r} {first!r:.50}")
        model = ModelDir(
            folder=path,
            name=checked_text("name", data["name"]),
            version=checked_text("prodcat", data["prodcat"]),
            # A setting that we do not know is refused, for it would change answers.
            text=None if data["text"] is None else TextInput(**data["text"]),
            image=None if data["image"] is None else ImageInput(**data["image"]),
            name_view=checked_share("name_view", data["name_view"]),
            max_image_bytes=checked_whole(
                "max_image_bytes", limits["max_image_bytes"], 1, MAX_IMAGE_BYTES
            ),
            max_image_pixels=checked_whole(
                "max_image_pixels", limits["max_image_pixels"], 1, MAX_IMAGE_PIXELS
            ),
            default_accuracy=checked_share("default_accuracy", data["default_accuracy"]),
            files=checked_files(file, data["files"]),
            fingerprint=hashlib.sha256(content).hexdigest(),
            model_json=content,
            first=None if first is None else _read_first(path, first),
        )
        if model.first is not None and (more := reads_more(model.first.model, model)):
            raise ValueError(f"its smaller model reads {more}, which it does not read itself")
        return model
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            # A list for an object, a missing key, a word for a number: each fails in its way.
            f"{file} does not describe a model: {type(error).__name__} {one_line(error)}."
            " It was altered, or written by another program."
        ) from error


def _read_first(path: Path, data: Mapping[str, Any]) -> FirstModel:
    handover, folder = Handover.from_dict(data), path / FIRST
    if folder.is_symlink():
        raise ModelError(f"{folder} is a link; a cascade's smaller model lies in its own folder.")
    model = _read(folder, within=True)
    if model.fingerprint != data["sha256"]:
        raise ModelError(f"{folder / MODEL_JSON} was altered or exchanged. Copy the model again.")
    return FirstModel(model, handover)
