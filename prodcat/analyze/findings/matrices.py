"""What is answered for what: confusion at each level of the tree, and the worst pairs."""

from collections.abc import Sequence

import numpy as np

from prodcat.analyze.findings.levels import TOP_OF_TREE, level_of
from prodcat.analyze.findings.summary import LEVELS, ConfusedPair, Group, Matrix
from prodcat.runs.side import Side
from prodcat.taxonomy.paths import CategoryPath, join_path, split_path

EXAMPLES = 4
PAIRS = 40


def confusion_matrices(side: Side) -> dict[str, Matrix]:
    """Count answers by truth, at each level; categories without products are left out.

    The answer at a level above the leaves is what is above the best leaf.
    """
    matrices = {}
    for name in LEVELS:
        level = level_of(side.paths, name)
        truth, answers = level[side.labels], level[side.best]
        # What neither label nor answer names would be empty rows of a matrix already large.
        used, places = np.unique(np.concatenate([truth, answers]), return_inverse=True)
        # Row and column as one number: numpy counts rows of pairs far more slowly.
        cells, counts = np.unique(
            places[: len(truth)] * max(len(used), 1) + places[len(truth) :], return_counts=True
        )
        labels = tuple(level.labels[i] for i in used.tolist())
        rows, columns = np.divmod(cells, max(len(used), 1))
        triples = zip(rows.tolist(), columns.tolist(), counts.tolist(), strict=True)
        matrices[name] = Matrix(labels, tuple(triples), groups_of(labels))
    return matrices


def groups_of(labels: Sequence[str]) -> tuple[Group, ...]:
    """Find the runs of labels that stand below one category, from the top of the tree down.

    >>> for group in groups_of(["Bags", "Shoes > Boots > Ankle", "Shoes > Clogs"]):
    ...     print(group)
    Group(path='Shoes', depth=1, start=1, end=3)
    Group(path='Shoes > Boots', depth=2, start=1, end=2)
    """
    open_groups: dict[CategoryPath, tuple[int, int]] = {}
    for i, label in enumerate(labels):
        path = () if label == TOP_OF_TREE else split_path(label)
        # Short of the label itself, which is a row and no group.
        for depth in range(1, len(path)):
            # In the tree's order a category's labels stand together, so a group grows at its end.
            start, _ = open_groups.get(path[:depth], (i, i))
            open_groups[path[:depth]] = (start, i + 1)
    groups = [
        Group(join_path(path), len(path), start, end) for path, (start, end) in open_groups.items()
    ]
    return tuple(sorted(groups, key=lambda group: (group.depth, group.start)))


def confused_pairs(side: Side) -> tuple[ConfusedPair, ...]:
    """The leaves most often taken for another, with the surest such products."""
    of_label = np.bincount(side.labels, minlength=len(side.paths))
    wrong = np.flatnonzero(~side.right)
    pairs: dict[tuple[int, int], list[int]] = {}
    for row in wrong.tolist():
        pairs.setdefault((int(side.labels[row]), int(side.best[row])), []).append(row)
    worst = sorted(pairs.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:PAIRS]
    described = []
    for (label, answer), rows in worst:
        surest = sorted(rows, key=lambda row: (-side.probability[row], side.ids[row]))
        described.append(
            ConfusedPair(
                label=side.paths[label],
                answer=side.paths[answer],
                n=len(rows),
                label_n=int(of_label[label]),
                examples=tuple(side.ids[row] for row in surest[:EXAMPLES]),
            )
        )
    return tuple(described)
