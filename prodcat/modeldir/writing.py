"""Makes a model directory of graphs, settings and what was fitted."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodcat.decision.calibration import Calibration
from prodcat.files import write_json
from prodcat.inputs.images import ImageLimits
from prodcat.modeldir.format import (
    CALIBRATION,
    CARD,
    FORMAT,
    MODEL_JSON,
    TAXONOMY,
    ImageInput,
    TextInput,
)
from prodcat.modeldir.trees import trees_data
from prodcat.taxonomy.tree import Taxonomy
from prodcat.version import installed_version

if TYPE_CHECKING:
    from prodcat.config import ImageConfig, TextConfig


@dataclass(frozen=True)
class ModelFacts:
    """What training knows of a model beyond its files."""

    name: str
    text: "TextConfig | None"
    """None when it reads no text."""
    image: "ImageConfig | None"
    """None when it reads no pictures."""
    taxonomy: Taxonomy
    labels: Sequence[str]
    """Category ids in the order of the logits, (C,)."""
    name_view: float = 0.0
    """Weight of the answer to the name alone, as `ModelDir` says."""


def write_model_dir(folder: Path, facts: ModelFacts, calibration: Calibration) -> None:
    """Make a model directory of a folder that has the graphs and the tokenizer already.

    Write the model card whenever you like; it is the only file that is not verified.
    """
    limits = ImageLimits()
    write_json(folder / TAXONOMY, trees_data(facts.taxonomy, facts.labels), indent=1)
    write_json(folder / CALIBRATION, calibration.to_dict(), indent=1)
    data = {
        "format": FORMAT,
        "name": facts.name,
        "prodcat": installed_version(),
        "text": _chosen(facts.text, TextInput),
        "image": _chosen(facts.image, ImageInput),
        # Without text there is no name to answer from.
        "name_view": facts.name_view if facts.text is not None else 0.0,
        "limits": {"max_image_bytes": limits.max_bytes, "max_image_pixels": limits.max_pixels},
        "default_accuracy": calibration.default_accuracy,
        "files": {
            file.name: hashed(file)
            # Sorted: folders are listed in any order, and equal models get equal fingerprints.
            for file in sorted(folder.iterdir())
            # The card is for people, who may write and mend it later.
            if file.is_file() and file.name not in {MODEL_JSON, CARD}
        },
    }
    write_json(folder / MODEL_JSON, data, indent=1)


def hashed(file: Path) -> dict[str, Any]:
    """Return what ``model.json`` says of a file: its hash and size."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"sha256": digest, "bytes": file.stat().st_size}


def _chosen(settings: Any, kind: type) -> dict[str, Any] | None:
    """Take from the settings of a run what the model directory tells of them."""
    if settings is None:
        return None
    return {f.name: getattr(settings, f.name) for f in fields(kind)}
