"""A model goes over to another tree: its network stays, what its answers are called changes.

Where each of its categories is one of the new tree, by another name or elsewhere, the model is
written as if it had been trained there. Where several are one, or one is none, the logits stay
those of the old tree, and the model says beside them what each is in the new one: probabilities
that were calibrated are added up, which a sum of logits would come near to, but for the
temperatures that differ by the parts of a product.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from prodcat.errors import ModelError
from prodcat.files import let_all_read, write_json, write_text
from prodcat.modeldir.format import CARD, MODEL_JSON, TAXONOMY, format_of
from prodcat.modeldir.reading import ModelDir
from prodcat.modeldir.recalibrating import built_beside, copy_needed, refuse_existing
from prodcat.modeldir.trees import trees_data
from prodcat.modeldir.writing import hashed
from prodcat.taxonomy.mapping import TreeMapping
from prodcat.taxonomy.translated import TranslatedLeaves


@dataclass(frozen=True)
class MovedModel:
    """What became of a model's categories."""

    folder: Path
    categories: int
    """That it answered with before."""
    answered: int
    """That it answers with now."""
    without_place: int
    """Categories that are not answered any more."""
    is_plain: bool
    """Whether it is a model of the new tree like any other, which can be calibrated there; else it
    answers, and can be measured."""


def move_model(model: ModelDir, mapping: TreeMapping, name: str, out: Path) -> MovedModel:
    """Write a model that answers in the right tree of a mapping.

    Args:
        model: The one to move.
        mapping: From its tree, whose categories are found by path.
        name: What the new tree is called, for the model's card.
        out: A folder that is not there yet.

    Raises:
        ModelError: If *out* is there already, a file of the model was altered, or none of its
            categories has a place in the new tree.
    """
    refuse_existing(out)
    # Before anything is copied: the new hashes would bear out a file that was altered.
    model.verify()
    leaves = TranslatedLeaves.of(mapping, model.answered_paths)
    if not leaves.paths:
        raise ModelError(
            f"None of the {len(model.answered_paths):,} categories of {model.folder} has a place in"
            f" {name}; its tree is another one."
        )
    moved = MovedModel(
        folder=out,
        categories=len(model.answered_paths),
        answered=len(leaves.paths),
        without_place=sum(path is None for path in leaves.targets),
        is_plain=leaves.is_one_to_one and model.moved is None,
    )
    everything = leaves if model.moved is None else leaves.after(model.moved)
    ids = {mapping.right.path(c): c for c in reversed(list(mapping.right.categories))}
    labels = [None if path is None else ids[path] for path in everything.targets]
    with built_beside(out) as building:
        copy_needed(model, building)
        data = json.loads(model.model_json)
        if moved.is_plain:
            plain = [label for label in labels if label is not None]
            trees = trees_data(mapping.right, plain)
        else:
            trees = trees_data(model.taxonomy, model.labels, mapping.right, labels)
            data["format"] = format_of(cascade=model.first is not None, moved=True)
        write_json(building / TAXONOMY, trees, indent=1)
        data["files"] = {file: hashed(building / file) for file in sorted(model.needed)}
        write_text(building / CARD, _card(model, name, moved), errors="replace")
        write_json(building / MODEL_JSON, data, indent=1)
        let_all_read(building)
    return moved


def _card(model: ModelDir, name: str, moved: MovedModel) -> str:
    lines = [
        (model.card or f"# {model.name}\n").rstrip(),
        "",
        f"## Moved to the tree {name}",
        "",
        f"The {moved.categories:,} categories that are named above are {moved.answered:,} there;"
        f" {moved.without_place:,} have no place and are not answered. Measures and promises are of"
        " the tree that it was trained in.",
    ]
    return "\n".join(lines) + "\n"
