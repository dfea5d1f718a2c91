"""What ``taxonomy.json`` says: the category of each logit, and what it is in another tree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodcat.errors import ModelError, TaxonomyError, one_line
from prodcat.taxonomy.translated import TranslatedLeaves
from prodcat.taxonomy.tree import Taxonomy


@dataclass(frozen=True)
class ModelTrees:
    """The tree of a model, and of a moved one that which it answers in."""

    taxonomy: Taxonomy
    labels: tuple[str, ...]
    """Category ids in the order of the logits, (C,)."""
    answered: Taxonomy
    """The tree of the answers; the same but for a moved model."""
    answered_labels: tuple[str, ...]
    """Ids of the categories that it answers with."""
    moved: TranslatedLeaves | None = None


def read_trees(file: Path, data: Mapping[str, Any]) -> ModelTrees:
    """Read what is in the file.

    Raises:
        ModelError: If it is no tree, or not one that its labels are in.
    """
    try:
        tree, labels = Taxonomy.from_dict(data["taxonomy"]), tuple(data["labels"])
        if not all(isinstance(label, str) for label in labels):
            raise TypeError("a label is no text")
        unknown = [label for label in labels if label not in tree]
        if unknown or not labels or len(set(labels)) < len(labels):
            raise ModelError(
                f"{file} is not consistent: it has {len(labels)} labels, of which"
                f" {len(set(labels))} are distinct and {len(unknown)} are not in its tree."
            )
        if "moved" not in data:
            return ModelTrees(tree, labels, tree, labels)
        answered = Taxonomy.from_dict(data["moved"]["taxonomy"])
        names = data["moved"]["labels"]
        moved = _read_moved(answered, names)
    except (KeyError, TypeError, TaxonomyError) as error:
        raise ModelError(f"{file} holds no category tree: {one_line(error)}.") from error
    if len(moved.targets) != len(labels) or not moved.paths:
        raise ModelError(
            f"{file} is not consistent: it has {len(labels)} labels, and says of"
            f" {len(moved.targets)} what they are in another tree, {len(moved.paths)} of it."
        )
    ids = tuple(dict.fromkeys(str(name) for name in names if name is not None))
    return ModelTrees(tree, labels, answered, ids, moved)


def refuse_moved(folder: Path, moved: TranslatedLeaves | None) -> None:
    """Refuse a moved model where raw scores are needed.

    Raises:
        ModelError: If it is one.
    """
    if moved is not None:
        raise ModelError(
            f"{folder} was moved to a tree in which some of its categories are one, or none. It"
            " answers there, and its raw scores are of no use there: train a model on that tree, or"
            " ask the one that it was moved from."
        )


def trees_data(
    taxonomy: Taxonomy,
    labels: Sequence[str],
    answered: Taxonomy | None = None,
    moved: Sequence[str | None] = (),
) -> dict[str, Any]:
    """Return what `read_trees` reads.

    Args:
        taxonomy: Of the logits.
        labels: Category of each, (C,).
        answered: The tree that the model was moved to; None for its own.
        moved: What each label is there, (C,); None for nothing.
    """
    data: dict[str, Any] = {"taxonomy": taxonomy.to_dict(), "labels": list(labels)}
    if answered is not None:
        data["moved"] = {"taxonomy": answered.to_dict(), "labels": list(moved)}
    return data


def _read_moved(tree: Taxonomy, labels: Sequence[object]) -> TranslatedLeaves:
    if not isinstance(labels, list) or not all(x is None or isinstance(x, str) for x in labels):
        raise TypeError("what a label became is no text")
    return TranslatedLeaves(tuple(None if x is None else tree.path(str(x)) for x in labels))
