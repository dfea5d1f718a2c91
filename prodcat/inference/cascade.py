"""What two models need to answer one after the other."""

from prodcat.errors import ModelError
from prodcat.modeldir.reading import ModelDir
from prodcat.product import Prediction
from prodcat.taxonomy.paths import join_path


def is_leaf(answer: Prediction) -> bool:
    """Tell an answer that is sure of a leaf from one of an ancestor, and from none."""
    return not answer.abstained and answer.path == answer.alternatives[0].path


def check_same_tree(first: ModelDir, second: ModelDir) -> None:
    """Refuse a first model that has categories which the second lacks.

    Raises:
        ModelError: If it has.
    """
    if unknown := sorted(set(first.leaf_paths) - set(second.leaf_paths)):
        raise ModelError(
            f"{first.folder} answers with {len(unknown)} categories that {second.folder} does not"
            f" have, such as {join_path(unknown[0])}. Both must be trained on the same tree."
        )
