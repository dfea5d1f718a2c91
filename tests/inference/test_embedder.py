"""Each text and each picture goes through the network once, and only where there is one."""

import numpy as np
import pytest

from prodcat.inference.embedder import PICTURES_AT_ONCE, TEXTS_AT_ONCE, Embedder
from prodcat.inference.engine import Engine
from prodcat.inference.parts import PartReader, Parts
from prodcat.modeldir.reading import read_model_dir
from tests.model_files import HEIGHT, VOTES, WIDTH, build_model_dir


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return read_model_dir(build_model_dir(tmp_path_factory.mktemp("model")))


class Counting(Engine):
    """An engine that notes what goes through its encoders."""

    def __init__(self, model):
        super().__init__(model, threads=1)
        self.texts, self.pictures = [], []

    def embed_texts(self, input_ids, attention_mask):
        self.texts.append(attention_mask.sum(axis=1).tolist())
        return super().embed_texts(input_ids, attention_mask)

    def embed_images(self, pixel_values):
        self.pictures.append(len(pixel_values))
        return super().embed_images(pixel_values)


@pytest.fixture
def embedder(model):
    return Embedder(Counting(model), PartReader(model).text_reader)


def pixels(value):
    return np.full((3, HEIGHT, WIDTH), value, dtype=np.uint8)


def test_products_without_a_part_pay_nothing_for_it(embedder):
    batch = [Parts("bag", "", None), Parts("", "", pixels(255)), Parts("", "boots", None)]

    text, image, present = embedder.embed(batch)

    np.testing.assert_array_equal(text, [VOTES["bag"], (0, 0, 0, 0), VOTES["boots"]])
    np.testing.assert_allclose(image, [(0, 0, 0), (1, 1, 1), (0, 0, 0)])
    assert present.tolist() == [[True, False], [False, True], [True, False]]
    assert (embedder.engine.texts, embedder.engine.pictures) == ([[3, 3]], [1])


def test_a_batch_without_pictures_does_not_even_load_their_encoder(embedder):
    embedder.embed([Parts("bag", "", None)])

    assert embedder.engine.pictures == []


def test_equal_texts_and_pictures_go_through_once(embedder):
    same = Parts("bag", "blue", pixels(0), "key")
    batch = [same, Parts("jeans", "", pixels(255), "other"), same, same]

    text, image, _ = embedder.embed(batch)

    assert (embedder.engine.texts, embedder.engine.pictures) == ([[3], [5]], [2])
    np.testing.assert_array_equal(text, [VOTES[w] for w in ("bag", "jeans", "bag", "bag")])
    np.testing.assert_allclose(image[:, 0], [0, 1, 0, 0])


def test_pictures_without_a_key_count_each_as_its_own(embedder):
    embedder.embed([Parts("", "", pixels(value)) for value in (0, 0, 9)])

    assert embedder.engine.pictures == [3]


def test_texts_of_one_length_go_together_and_come_back_in_order(embedder):
    words = list(VOTES)
    names = [f"{words[i % 6]} {'blue ' * (i % 9)}{i}" for i in range(3 * TEXTS_AT_ONCE)]

    text, _, _ = embedder.embed([Parts(name, "", None) for name in names])

    np.testing.assert_array_equal(text, [VOTES[words[i % 6]] for i in range(len(names))])
    assert all(len(set(batch)) == 1 for batch in embedder.engine.texts)
    assert len(embedder.engine.texts) < len(names) / 2


def test_many_pictures_go_through_in_batches(embedder):
    count = 2 * PICTURES_AT_ONCE + 1

    _, image, _ = embedder.embed([Parts("", "", pixels(i)) for i in range(count)])

    assert embedder.engine.pictures == [PICTURES_AT_ONCE] * 2 + [1]
    np.testing.assert_allclose(image[:, 0], np.arange(count) / 255, rtol=1e-5)


def test_texts_that_go_at_once_begin_with_the_longest(embedder):
    def spread(work, items):
        return [work(item) for item in items]

    embedder.embed([Parts("bag", "", None), Parts("a blue bag", "", None)], spread)

    assert embedder.engine.texts == [[5], [3]]
