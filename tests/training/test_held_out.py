import numpy as np
import pytest

from prodcat.training.held_out import HeadSettings, answer_held_out

SETTINGS = HeadSettings(hidden=16, epochs=20, batch_size=16, lr=1e-2, dropout=0.0)
FOLDS = np.arange(120) % 3
LABELS = np.arange(120) // 3 % 4
EMBEDDINGS = np.eye(8, dtype=np.float32)[LABELS] * 3 + np.random.default_rng(0).normal(
    0, 0.3, (120, 8)
).astype(np.float32)


def answer(labels, **options):
    blocks = answer_held_out(EMBEDDINGS, labels, FOLDS, classes=4, settings=SETTINGS, **options)
    answers = np.empty((len(labels), 4), np.float32)
    for fold, block in enumerate(blocks):
        answers[fold == FOLDS] = block
    return answers


def test_products_are_answered_by_what_was_learnt_from_others():
    answers = answer(LABELS)
    assert (answers.argmax(axis=1) == LABELS).all()
    assert np.exp(answers).sum(axis=1) == pytest.approx(np.ones(120), abs=1e-5)


def test_an_answer_does_not_hang_on_the_products_own_label():
    before = answer(LABELS)
    labels = LABELS.copy()
    labels[FOLDS == 0] = (labels[FOLDS == 0] + 1) % 4

    after = answer(labels)

    assert np.array_equal(before[FOLDS == 0], after[FOLDS == 0])
    assert not np.array_equal(before[FOLDS == 1], after[FOLDS == 1])


def test_products_without_a_label_or_weight_teach_nothing():
    wrong = (LABELS == 2) & (np.arange(120) % 5 > 0)
    labels = np.where(wrong, 3, LABELS)
    assert (answer(labels)[wrong].argmax(axis=1) == 3).mean() > 0.8
    assert (answer(np.where(wrong, -1, LABELS))[wrong].argmax(axis=1) == 2).mean() > 0.6
    weights = np.where(wrong, 0, 1).astype(np.float32)
    assert (answer(labels, weights=weights)[wrong].argmax(axis=1) == 2).mean() > 0.6


def test_it_tells_how_far_it_is():
    told = []
    answer(LABELS, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(epoch, 60) for epoch in range(1, 61)]
