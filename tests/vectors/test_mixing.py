import numpy as np
import pytest

from prodcat.errors import InputError
from prodcat.vectors.kinds import KINDS
from prodcat.vectors.mixing import MIXES, weighted_query, weights_of
from prodcat.vectors.unit import unit_rows


@pytest.mark.parametrize("name", MIXES)
def test_weights_of_a_named_mix_sum_to_one(name):
    assert sum(weights_of(name).values()) == pytest.approx(1)


def test_kinds_that_are_missing_leave_a_named_mix():
    assert weights_of("look", ["fused", "text"]) == {"fused": 1.0}


@pytest.mark.parametrize(
    "mix", ["shape", {"sound": 1}, {"fused": -1}, {"fused": 0}, {"look": float("nan")}, {}]
)
def test_what_is_no_mix_is_refused(mix):
    with pytest.raises(InputError):
        weights_of(mix)


def test_one_dot_product_is_the_weighted_sum_of_cosines():
    rng = np.random.default_rng(0)
    rows = {kind: unit_rows(rng.normal(size=(5, 4 + place))) for place, kind in enumerate(KINDS)}
    query = {kind: vectors[0] for kind, vectors in rows.items()}
    weights = weights_of({"fused": 3, "look": 1})

    side_by_side = np.concatenate([rows[kind] for kind in KINDS], axis=1)
    alike = side_by_side @ weighted_query(query, KINDS, weights)

    expected = 0.75 * rows["fused"] @ query["fused"] + 0.25 * rows["look"] @ query["look"]
    np.testing.assert_allclose(alike, expected, atol=1e-6)
