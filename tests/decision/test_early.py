"""What is known of an answer of a cascade: which of its networks gave it."""

import numpy as np

from prodcat.decision.calibration import Calibration, PatternCalibration
from prodcat.decision.decoding import Decoder
from prodcat.decision.fitting import LabelledScores, fit_pattern
from prodcat.decision.novelty import LEAST, familiarity, fit_least_familiarity
from prodcat.decision.scores import EARLY, LATE, TEXT_ALONE, Scores, join_scores

LEAVES = [("Shoes", "Boots"), ("Shoes", "Sandals"), ("Bags",), ("Clothes", "Trousers", "Jeans")]


def labelled(early):
    rng = np.random.default_rng(0)
    labels = rng.integers(4, size=len(early))
    logits = rng.normal(size=(len(early), 4)).astype(np.float32)
    logits[np.arange(len(labels)), labels] += np.where(early, 6, 2).astype(np.float32)
    paths = [LEAVES[label] for label in labels]
    groups = [str(row) for row in range(len(labels))]
    return LabelledScores(Scores(logits, {}, early), labels, paths, groups)


def test_who_answered_is_a_fact_of_the_answer():
    early = np.arange(600) % 3 > 0
    early = np.where(early, np.arange(600) % 2 + 1, LATE)
    fitted = fit_pattern(labelled(early), Decoder(LEAVES))
    assert set(fitted.confidence.facts) >= {"early", "text_alone"}
    kept = PatternCalibration(1.0, {0.95: 0.5}, n=1, confidence=fitted.confidence)
    again = Calibration.from_dict(Calibration({"name": kept}, 0.95).to_dict())
    assert again.patterns["name"].confidence == fitted.confidence


def test_what_the_smaller_network_answers_is_not_foreign():
    early = np.where(np.arange(100) > 0, EARLY, LATE)
    scores = labelled(early).scores
    assert np.isinf(familiarity(scores)[1:]).all()
    assert fit_least_familiarity(scores) == familiarity(scores)[0]
    late = labelled(np.where(np.arange(1000) > 99, EARLY, LATE)).scores
    # A hundredth of all would be ten; four in a hundred of the late ones are four.
    assert (familiarity(late) < fit_least_familiarity(late)).sum() == 4
    later = labelled(np.where(np.arange(1000) > 599, EARLY, LATE)).scores
    assert (familiarity(later) < fit_least_familiarity(later)).sum() == 10
    assert fit_least_familiarity(Scores(scores.logits, {}, np.full(100, TEXT_ALONE))) == LEAST


def test_scores_of_batches_are_joined_with_who_gave_them():
    parts = [labelled(np.array(early)).scores for early in ([EARLY, LATE], [TEXT_ALONE])]
    assert join_scores(parts, classes=4).early.tolist() == [EARLY, LATE, TEXT_ALONE]
    without = Scores(parts[1].logits)
    assert join_scores([parts[0], without], classes=4).early is None
