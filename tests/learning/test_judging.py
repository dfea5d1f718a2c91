import numpy as np
import pytest

from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows, build_task
from prodcat.learning.judging import _changes, _labelled_for, judge_models
from prodcat.learning.result import AFTER, ANEW, BEFORE, CategoryChange
from prodcat.runs.reading import read_run
from tests.training.runs import toy_config

BOOTS, CLOGS = ("Shoes", "Boots"), ("Shoes", "Clogs")


@pytest.mark.slow
def test_a_model_is_as_good_as_itself_and_calibrated_as_it_was(toy_corpus, toy_run, toy_encoder):
    models = (toy_run / "model", toy_run / "model")
    with Corpus.open(toy_corpus, read_only=True) as corpus:
        config = toy_config(toy_encoder)
        known = read_run(toy_run).predictions
        found = judge_models(corpus, config, models, known, (0.7, 0.95))
        task = build_task(corpus, config.data)
    assert found.moved == 0
    for side, result in found.sides.items():
        assert result.n == len(task.judged(side).rows)
        assert result.measures[BEFORE] == result.measures[AFTER]
        # The same labels and the same way: no other thresholds.
        assert result.measures[ANEW] == result.measures[BEFORE]
        assert result.pair.mcnemar.only_first == result.pair.mcnemar.only_second == 0
        assert result.categories == ()
    assert found.sides["val"].value(ANEW, "path_coverage_at_70") > 0


def test_a_category_that_a_model_lacks_is_its_nearest_ancestor():
    side = LabelledRows((), (), (BOOTS, CLOGS, ("Bags",)))
    assert _labelled_for(side, [("Shoes",), BOOTS]).labels == (1, 0, -1)


def test_changes_are_counted_by_category_the_largest_first():
    paths = [BOOTS, BOOTS, CLOGS, CLOGS, CLOGS, ("Bags",)]
    before = np.array([True, False, False, False, True, True])
    after = np.array([True, True, True, True, False, True])
    assert _changes(paths, before, after) == (
        CategoryChange(CLOGS, 3, before=1, after=2, better=2, worse=1),
        CategoryChange(BOOTS, 2, before=1, after=2, better=1, worse=0),
    )
