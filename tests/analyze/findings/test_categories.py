import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from prodcat.analyze.findings.categories import category_rows, class_sizes
from prodcat.analyze.findings.matrices import confused_pairs, confusion_matrices
from prodcat.runs.reading import read_run
from tests.analyze.run_files import Answered, draw_side, write_run

PATHS = ("Bags", "Hats > Caps", "Shoes > Boots > Ankle", "Shoes > Boots > Knee", "Shoes > Clogs")
TRAIN = {"Bags": 3, "Hats > Caps": 9, "Shoes > Clogs": 300}


@pytest.fixture(scope="module")
def drawn():
    return draw_side(300, right=0.7, seed=3, paths=PATHS)


@pytest.fixture(scope="module")
def side(drawn, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    val = draw_side(60, right=0.9, seed=0, paths=PATHS)
    run = read_run(write_run(folder, test=drawn, val=val, paths=PATHS))
    return run.predictions.side("test")


def test_precision_recall_and_f1_agree_with_scikit_learn(side, drawn):
    rows = {row.path: row for row in category_rows(side, TRAIN)}

    best = drawn.probs.argmax(axis=1)
    others = precision_recall_fscore_support(drawn.labels, best, labels=range(5))
    for path, *other in zip(PATHS, *others, strict=True):
        row = rows[path]
        assert (row.precision, row.recall, row.f1, row.n) == pytest.approx(tuple(other))


def test_harm_counts_what_is_missed_and_what_is_wrongly_there(side, drawn):
    rows = category_rows(side, TRAIN)

    best = drawn.probs.argmax(axis=1)
    for row in rows:
        leaf = PATHS.index(row.path)
        wrong = (best != drawn.labels) & ((best == leaf) | (drawn.labels == leaf))
        assert row.harm == wrong.sum()
    assert [row.harm for row in rows] == sorted((row.harm for row in rows), reverse=True)
    assert sum(row.harm for row in rows) == 2 * (best != drawn.labels).sum()


def test_what_a_category_is_mostly_taken_for(side, drawn):
    [row] = [row for row in category_rows(side, TRAIN) if row.path == PATHS[2]]

    best = drawn.probs.argmax(axis=1)
    missed = np.bincount(best[(drawn.labels == 2) & (best != 2)], minlength=5)
    assert missed[PATHS.index(row.mostly_taken_for)] == missed.max()


def test_a_category_that_is_only_answered_has_no_recall(tmp_path):
    test = Answered(np.array([[0.1, 0.8, 0.1]] * 2), np.array([0, 0]))
    rows = {
        row.path: row
        for row in category_rows(
            read_run(write_run(tmp_path / "run", test=test)).predictions.side("test"), {}
        )
    }

    assert list(rows) == ["Bags", "Shoes > Boots"]
    assert rows["Shoes > Boots"].recall is None
    assert rows["Bags"].precision is None
    assert rows["Bags"].train_products is None


def test_class_sizes_hold_their_ends_and_leave_out_what_is_not_known(side, drawn):
    sizes = class_sizes(side, TRAIN)

    best = drawn.probs.argmax(axis=1)
    assert [(s.low, s.high, s.categories, s.n) for s in sizes] == [
        (3, 9, 2, 120),
        (300, None, 1, 60),
    ]
    small = np.isin(drawn.labels, [0, 1])
    assert sizes[0].accuracy.value == (best == drawn.labels)[small].mean()


@pytest.mark.parametrize(
    ("level", "above", "labels"),
    [
        ("leaf", [0, 1, 2, 3, 4], PATHS),
        ("parent", [0, 1, 2, 2, 3], ("(top of the tree)", "Hats", "Shoes > Boots", "Shoes")),
        ("top", [0, 1, 2, 2, 2], ("Bags", "Hats", "Shoes")),
    ],
)
def test_matrices_agree_with_scikit_learn(side, drawn, level, above, labels):
    matrix = confusion_matrices(side)[level]

    lift = np.array(above)
    other = confusion_matrix(lift[drawn.labels], lift[drawn.probs.argmax(axis=1)])
    dense = np.zeros_like(other)
    for row, column, n in matrix.cells:
        dense[row, column] = n
    assert matrix.labels == labels
    assert (dense == other).all()


def test_groups_of_a_matrix_hold_every_category_above(side):
    groups = confusion_matrices(side)["leaf"].groups

    assert [(g.path, g.depth, g.start, g.end) for g in groups] == [
        ("Hats", 1, 1, 2),
        ("Shoes", 1, 2, 5),
        ("Shoes > Boots", 2, 2, 4),
    ]


def test_categories_without_products_are_left_out_of_a_matrix(tmp_path):
    test = Answered(np.array([[0.8, 0.1, 0.1]]), np.array([0]))
    run = read_run(write_run(tmp_path / "run", test=test))

    assert confusion_matrices(run.predictions.side("test"))["leaf"].labels == ("Bags",)


def test_confused_pairs_come_with_their_surest_products(side, drawn):
    pairs = confused_pairs(side)

    best = drawn.probs.argmax(axis=1)
    counts = confusion_matrix(drawn.labels, best)
    np.fill_diagonal(counts, 0)
    first = pairs[0]
    assert first.n == counts.max()
    assert counts[PATHS.index(first.label), PATHS.index(first.answer)] == first.n
    assert first.label_n == 60
    own = (drawn.labels == PATHS.index(first.label)) & (best == PATHS.index(first.answer))
    surest = max(np.flatnonzero(own), key=lambda row: drawn.probs[row].max())
    assert first.examples[0] == side.ids[surest]
    assert [pair.n for pair in pairs] == sorted((pair.n for pair in pairs), reverse=True)
