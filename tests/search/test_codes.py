import numpy as np

from prodcat.search.codes import DIGITS, Packed, fit_codes
from prodcat.search.scan import Scanner

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(300, 24)).astype(np.float32)
ROWS /= np.linalg.norm(ROWS, axis=1, keepdims=True)
CODES = fit_codes(ROWS.min(axis=0), ROWS.max(axis=0))


def test_two_bytes_lose_less_than_a_step_of_the_second():
    packed = CODES.pack(ROWS)
    assert (np.abs(CODES.unpack(packed) - ROWS) <= 1.001 * CODES.fine).all()


def test_no_score_by_codes_is_further_off_than_what_they_lack():
    # Some lie further out than those that the codes were chosen for.
    packed = CODES.pack(np.concatenate([ROWS, 1.3 * ROWS[:50]]))
    exact = CODES.unpack(packed).astype(np.float64)
    lost = CODES.lost(packed)
    for query in RNG.normal(size=(20, 24)).astype(np.float32):
        coded = CODES.query(query)
        scores = coded.scores(Scanner(24, DIGITS)(packed.codes, coded.digits))
        bound = lost * np.linalg.norm(query) + coded.missing + 1e-5
        assert (np.abs(scores - exact @ query) <= bound).all()
        np.testing.assert_allclose(coded.with_rests(scores, packed), exact @ query, atol=1e-5)


def test_a_number_outside_of_the_range_is_kept_less_finely_as_far_as_half_the_range_again():
    codes = fit_codes(np.full(3, -0.5, np.float32), np.full(3, 0.5, np.float32))
    packed = codes.pack(np.array([[0.9, -0.8, 2.0]], np.float32))
    assert packed.codes.tolist() == [[255, 0, 255]]
    np.testing.assert_allclose(codes.unpack(packed), [[0.9, -0.8, 1.008]], atol=0.002)
    np.testing.assert_allclose(codes.lost(packed), [np.linalg.norm([0.4, 0.3, 0.508])], atol=0.01)


def test_products_that_an_index_is_built_of_have_no_outer_code():
    packed = CODES.pack(ROWS)
    assert (packed.codes.min(), packed.codes.max()) == (1, 254)


def test_a_column_that_is_the_same_everywhere_bears_other_values_later():
    codes = fit_codes(np.zeros(1, np.float32), np.zeros(1, np.float32))
    packed = codes.pack(np.array([[0.15], [0.05]], np.float32))
    np.testing.assert_allclose(codes.unpack(packed), [[0.15], [0.05]], atol=3e-4)


def test_every_pair_of_bytes_comes_back():
    codes, rests = np.divmod(np.arange(2**16), 256)
    pairs = Packed(codes.astype(np.uint8)[:, None], rests.astype(np.uint8)[:, None])
    column = fit_codes(np.full(1, -0.5, np.float32), np.full(1, 0.5, np.float32))
    numbers = column.unpack(pairs)
    assert (np.diff(numbers[:, 0]) >= -1e-6).all()
    again = column.unpack(column.pack(numbers))
    assert (np.abs(again - numbers) <= 0.5 * column.step).all()
