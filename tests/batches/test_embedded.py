import numpy as np
import pytest
import torch
from torch import nn

from prodcat.batches.embedded import EmbeddedDataset, fingerprint_encoder, text_keys
from prodcat.batches.withholding import PartDropout
from prodcat.embeddings.cache import KEYS_AT_ONCE, EmbeddingCache
from tests.data.rows import row


@pytest.fixture
def cache(tmp_path):
    cache = EmbeddingCache(tmp_path / "embeddings", "an-encoder", 3)
    yield cache
    cache.close()


def vectors(*starts):
    return np.array([[start, start + 0.25, start + 0.5] for start in starts], dtype=np.float32)


def test_what_was_added_is_read_back(cache):
    cache.add(["a", "b"], vectors(1, 2))
    np.testing.assert_array_equal(cache.read(["b", "a", "b"]), vectors(2, 1, 2))


def test_a_part_that_is_not_there_has_zeros(cache):
    cache.add(["a"], vectors(1))
    np.testing.assert_array_equal(cache.read(["", "a"]), [[0, 0, 0], *vectors(1)])
    assert cache.read([]).shape == (0, 3)


def test_missing_names_each_unknown_key_once_and_in_order(cache):
    cache.add(["b"], vectors(1))
    assert cache.missing(["c", "b", "a", "c"]) == ["c", "a"]
    assert cache.missing([]) == []


def test_more_keys_than_one_question_may_have(cache):
    keys = [f"key {i}" for i in range(2 * KEYS_AT_ONCE + 1)]
    cache.add(keys[1:], vectors(*range(1, len(keys))))
    assert cache.missing(keys) == keys[:1]
    np.testing.assert_array_equal(cache.read(keys[1:])[:, 0], np.arange(1, len(keys)))


def test_an_embedding_once_kept_stays(cache):
    cache.add(["a"], vectors(1))
    cache.add(["a", "b"], vectors(5, 6))
    np.testing.assert_array_equal(cache.read(["a", "b"]), vectors(1, 6))


def test_another_process_finds_what_was_added(cache, tmp_path):
    cache.add(["a"], vectors(1))
    other = EmbeddingCache(tmp_path / "embeddings", "an-encoder", 3)
    np.testing.assert_array_equal(other.read(["a"]), vectors(1))
    other.close()


def test_another_encoder_knows_nothing_of_it(cache, tmp_path):
    cache.add(["a"], vectors(1))
    other = EmbeddingCache(tmp_path / "embeddings", "another", 3)
    assert other.missing(["a"]) == ["a"]
    other.close()


def test_the_fingerprint_follows_weights_and_settings():
    encoder = nn.Linear(2, 2)
    before = fingerprint_encoder(encoder, "48 tokens")
    assert fingerprint_encoder(encoder, "48 tokens") == before
    assert fingerprint_encoder(encoder, "49 tokens") != before
    with torch.no_grad():
        encoder.bias[0] += 1e-6
    assert fingerprint_encoder(encoder, "48 tokens") != before


def test_texts_have_keys_by_content():
    both, name, description = text_keys(row("1", name="Boots", description="Red."))
    assert len({both, name, description, ""}) == 4
    assert text_keys(row("2", name="Boots", description="Red.")) == (both, name, description)
    assert text_keys(row("3", name="Boots")) == (name, name, "")
    assert text_keys(row("4", description="Red.")) == (description, "", description)
    assert text_keys(row("5")) == ("", "", "")


def test_a_name_is_not_a_description():
    assert text_keys(row("1", name="Boots"))[0] != text_keys(row("2", description="Boots"))[0]


BOTH, NAME, DESCRIPTION = torch.tensor([[1.0]]), torch.tensor([[2.0]]), torch.tensor([[3.0]])
TEXT = torch.cat([BOTH, NAME, DESCRIPTION]).unsqueeze(0)  # (1, 3, 1)
PICTURE = torch.tensor([[7.0]])


@pytest.mark.parametrize(
    ("have", "dropout", "text", "present"),
    [
        ((True, True, True), PartDropout(), 1, [True, True]),
        ((True, False, True), PartDropout(), 2, [True, True]),
        ((False, True, False), PartDropout(), 3, [True, False]),
        ((True, True, True), PartDropout(description=1.0), 2, [True, True]),
        ((True, True, True), PartDropout(name=1.0), 3, [True, True]),
        ((True, True, True), PartDropout(image=1.0), 1, [True, False]),
        ((True, True, False), PartDropout(text=1.0), 1, [True, False]),
    ],
)
def test_the_embedding_is_of_the_parts_that_are_shown(have, dropout, text, present):
    dataset = EmbeddedDataset(TEXT, PICTURE, torch.tensor([have]), [5], dropout)
    sample = dataset[0]
    assert sample["text"].tolist() == [text]
    assert sample["image"].tolist() == [7]
    assert sample["present"].tolist() == present
    assert (sample["label"].item(), sample["row"].item()) == (5, 0)
    assert len(dataset) == 1


def test_a_product_shown_by_its_picture_alone_has_no_text():
    dataset = EmbeddedDataset(TEXT, PICTURE, torch.tensor([[True] * 3]), [5], PartDropout(text=1.0))
    assert dataset[0]["present"].tolist() == [False, True]
