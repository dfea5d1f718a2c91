import numpy as np

from prodcat.decision.calibration import Calibration
from prodcat.decision.scores import Scores
from prodcat.starting.calibrating import Known, estimated, known


def test_the_numbers_that_come_with_prodcat_can_be_read() -> None:
    numbers = known()
    assert 0.05 <= numbers.temperature <= 20
    assert 0 < numbers.threshold < 1


def test_only_the_accuracy_of_other_trees_has_a_threshold() -> None:
    calibration = estimated(Known(1.0, 0.5, 0.8, -3.0))
    again = Calibration.from_dict(calibration.to_dict())
    pattern = again.for_parts(["name"])
    assert pattern.for_paths(0.8).threshold == 0.5
    assert {pattern.for_paths(a).threshold for a in (0.9, 0.98, 0.995)} == {None}
    assert pattern.least_familiarity == -3.0


def test_the_shops_own_products_say_what_is_familiar() -> None:
    scores = Scores(np.linspace(0, 10, 200, dtype=np.float32)[:, None].repeat(2, axis=1))
    calibration = estimated(Known(1.0, 0.5, 0.8, -3.0), scores)
    assert calibration.for_parts(["name"]).is_foreign(scores).sum() == 2
