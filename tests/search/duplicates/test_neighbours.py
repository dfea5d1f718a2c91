import numpy as np

from prodcat.search.duplicates.embedded import embedded
from prodcat.search.duplicates.neighbours import alike_pictures, alike_vectors
from prodcat.search.duplicates.signatures import mark_picture
from tests.search.duplicates.shop import picture


def pairs_of(pictures):
    marks = [mark_picture(one) for one in pictures]
    shapes = np.array([mark.shape for mark in marks], np.uint64)
    colours = np.stack([mark.colours for mark in marks])
    return set(alike_pictures(shapes, colours, most_bits=3, most_difference=3.0))


def test_a_picture_saved_anew_is_known_again_and_no_other_is():
    first = [picture(seed) for seed in range(40)]
    again = [picture(seed, quality=60, size=(120, 160)) for seed in range(40)]
    found = pairs_of(first + again)
    assert {(a, b) for a, b in found if (b - a) % 40} == set()
    assert len(found) >= 38


def test_plain_pictures_tell_nothing():
    white = np.full((80, 60, 3), 255, np.uint8)
    assert pairs_of([white, white - 1, white]) == set()


def test_one_picture_or_none_has_no_pair():
    assert pairs_of([picture(1)]) == set()
    nothing = np.zeros((0, 8, 8, 3), np.uint8)
    assert (
        list(alike_pictures(np.zeros(0, np.uint64), nothing, most_bits=3, most_difference=3)) == []
    )


def test_vectors_nearly_equal_are_found_and_zeros_are_near_to_none():
    random = np.random.default_rng(0)
    base = random.standard_normal((300, 32)).astype(np.float32)
    base /= np.linalg.norm(base, axis=1, keepdims=True)
    near = base + 0.005 * random.standard_normal(base.shape).astype(np.float32)
    zeros = np.zeros((5, 32), np.float32)
    vectors = embedded(np.concatenate([base, near, zeros]), np.zeros(605, np.int64))
    found = {(min(p), max(p)) for p in alike_vectors(vectors, least_cosine=0.99)}
    assert all(b - a == 300 for a, b in found)
    assert len(found) >= 295
