import numpy as np
import pytest

from prodcat.vectors.fused import CODE_WEIGHT, CODE_WIDTH, join_kind, leaf_codes


def test_cosines_of_both_parts_are_added_by_weight():
    joined = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], dtype=np.float32)
    logits = np.array([[50.0, 0, 0], [50.0, 0, 0], [0, 50.0, 0]], dtype=np.float32)

    vectors = join_kind(joined, logits)

    crossed = float(leaf_codes(3)[0] @ leaf_codes(3)[1])
    assert vectors[0] @ vectors[1] == pytest.approx(CODE_WEIGHT, abs=1e-4)
    expected = 1 - CODE_WEIGHT + CODE_WEIGHT * crossed
    assert vectors[0] @ vectors[2] == pytest.approx(expected, abs=1e-4)


def test_codes_are_nearly_at_right_angles():
    codes = leaf_codes(500)

    crossed = codes @ codes.T - np.eye(500)
    assert codes.shape == (500, CODE_WIDTH)
    assert np.abs(crossed).mean() < 0.1


def test_the_same_codes_are_drawn_everywhere():
    first = "".join("+" if value > 0 else "-" for value in leaf_codes(2)[0, :8])

    assert first == "+--++---"
