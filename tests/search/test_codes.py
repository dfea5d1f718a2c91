import numpy as np

from prodcat.search.codes import DIGITS, fit_codes
from prodcat.search.scan import Scanner

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(300, 24)).astype(np.float32)
ROWS /= np.linalg.norm(ROWS, axis=1, keepdims=True)
CODES = fit_codes(ROWS.min(axis=0), ROWS.max(axis=0))


def test_sixteen_bits_lose_less_than_a_step():
    packed = CODES.pack(ROWS)
    assert (np.abs(CODES.unpack(packed) - ROWS) <= CODES.fine).all()


def test_no_score_by_bytes_is_further_off_than_what_they_lost():
    packed = CODES.pack(ROWS)
    encoded, lost = CODES.encode(packed)
    exact = CODES.unpack(packed).astype(np.float64)
    for query in RNG.normal(size=(20, 24)).astype(np.float32):
        coded = CODES.query(query)
        scores = coded.scores(Scanner(24, DIGITS)(encoded, coded.digits))
        bound = lost * np.linalg.norm(query) + coded.missing + 1e-5
        assert (np.abs(scores - exact @ query) <= bound).all()
        np.testing.assert_allclose(coded.exact(packed), exact @ query, atol=1e-5)


def test_a_row_outside_of_the_range_is_kept_and_what_its_bytes_lost_is_told():
    codes = fit_codes(np.full(2, -0.5, np.float32), np.full(2, 0.5, np.float32))
    packed = codes.pack(np.array([[0.9, -0.8]], np.float32))
    encoded, lost = codes.encode(packed)
    np.testing.assert_allclose(codes.unpack(packed), [[0.9, -0.8]], atol=1e-4)
    assert encoded.tolist() == [[255, 0]]
    np.testing.assert_allclose(lost, np.hypot(0.4, 0.3), atol=1e-3)


def test_a_column_that_is_the_same_everywhere_bears_other_values_later():
    codes = fit_codes(np.zeros(1, np.float32), np.zeros(1, np.float32))
    packed = codes.pack(np.array([[0.15]], np.float32))
    np.testing.assert_allclose(codes.unpack(packed), [[0.15]], atol=1e-4)
