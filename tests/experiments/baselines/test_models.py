"""What the baselines answer, on literal products."""

import numpy as np
import pytest
import torch
from torch import nn

from experiments.baselines.bag import BagNetwork, BagOfWords, Bags, text_of
from experiments.baselines.config import BagOfWordsConfig, TfidfConfig
from experiments.baselines.models import LinearText
from prodcat.data.labels import LabelledRows
from prodcat.errors import CorpusError
from prodcat.product import Product

NAMES = ["red boots", "blue jeans", "old boots", "new jeans"]
BOOTS, JEANS = Product("boots"), Product("jeans")


@pytest.mark.parametrize("kind", ["tfidf_svc", "tfidf_logreg"])
@pytest.mark.parametrize("labels", [[0, 2, 0, 2], [0, 2, 1, 2]])
def test_every_leaf_has_a_logit_and_one_not_learnt_is_never_best(kind, labels):
    linear = LinearText(TfidfConfig(kind, c=10.0), 4)
    linear.fit([Product(name) for name in NAMES], labels)
    logits = linear.logits([*map(Product, NAMES), Product("hat"), Product()])
    assert logits.shape == (6, 4)
    assert logits.dtype == np.float32
    assert logits.argmax(axis=1)[:4].tolist() == labels
    assert set(logits.argmax(axis=1).tolist()) <= set(labels)


@pytest.mark.parametrize("kind", ["tfidf_svc", "tfidf_logreg"])
def test_a_linear_model_reads_what_it_is_told_to(kind):
    products = [Product(name, f"no {name}") for name in NAMES]
    linear = LinearText(TfidfConfig(kind, reads=("name",)), 2)
    linear.fit(products, [0, 1, 0, 1])
    assert linear.readable == {"name"}
    with_other = [Product("boots", "jeans jeans jeans")]
    np.testing.assert_array_equal(linear.logits([BOOTS]), linear.logits(with_other))


def test_characters_recognise_a_word_that_was_never_seen():
    words = LinearText(TfidfConfig("tfidf_svc", most_characters=0), 2)
    characters = LinearText(TfidfConfig("tfidf_svc"), 2)
    for linear in (words, characters):
        linear.fit([Product(name) for name in NAMES], [0, 1, 0, 1])
    unseen = [Product("bootsy")]
    assert np.ptp(characters.logits(unseen)) > 10 * np.ptp(words.logits(unseen))
    assert characters.size > words.size


def test_texts_without_a_word_to_learn_are_refused():
    linear = LinearText(TfidfConfig("tfidf_svc", reads=("name", "description")), 2)
    with pytest.raises(CorpusError, match="cannot learn from these 4 training products"):
        linear.fit([Product(name) for name in NAMES], [0, 1, 0, 1])


def test_no_products_have_no_logits():
    linear = LinearText(TfidfConfig("tfidf_svc"), 3)
    bag = BagOfWords(BagOfWordsConfig("bag_of_words"), 3)
    assert linear.logits([]).shape == bag.logits([]).shape == (0, 3)


def test_parts_are_joined_and_missing_ones_left_out():
    reads = ("name", "description")
    assert text_of(Product("Jeans", None), reads) == "Jeans"
    assert text_of(Product(None, "Of cotton."), reads) == "Of cotton."
    assert text_of(Product(), reads) == ""


def test_a_bag_is_a_linear_layer_on_which_words_there_are():
    torch.manual_seed(0)
    network = BagNetwork(words=5, hidden=3, categories=2)
    bags = Bags(torch.tensor([1, 4, 0]), torch.tensor([0, 2, 2, 3]))
    present = torch.tensor([[0, 1, 0, 0, 1], [0, 0, 0, 0, 0], [1, 0, 0, 0, 0]]).float()
    hidden = nn.functional.linear(present, network.hidden.weight.T, network.bias)
    expected = network.head(torch.relu(hidden))
    torch.testing.assert_close(network(*bags.choose(torch.tensor([0, 1, 2]))), expected)
    torch.testing.assert_close(network(*bags.choose(torch.tensor([2, 0]))), expected[[2, 0]])


def fit_bag(**settings):
    bag = BagOfWords(BagOfWordsConfig("bag_of_words", lr=0.05, batch_size=2, **settings), 2)
    products = LabelledRows(tuple(map(Product, NAMES)), (0, 1, 0, 1), ((),) * 4)
    rows = []
    bag.fit(products, products, rows.append)
    return bag, rows


def test_a_bag_learns_and_tells_of_each_epoch():
    bag, rows = fit_bag(max_epochs=20, patience=20)
    assert bag.logits([BOOTS, JEANS]).argmax(axis=1).tolist() == [0, 1]
    assert [row["epoch"] for row in rows] == list(range(1, 21))
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"])
    assert list(rows[0]) == [
        "epoch",
        "train_loss",
        "train_accuracy",
        "val_loss",
        "val_accuracy",
        "val_macro_f1",
        "seconds",
    ]


def test_a_bag_stops_when_it_gets_no_better():
    _, rows = fit_bag(max_epochs=50, patience=2)
    best = [float(row["val_macro_f1"]) for row in rows]
    assert len(rows) == best.index(max(best)) + 1 + 2


def test_a_bag_learns_the_same_twice():
    a, b = fit_bag()[0], fit_bag()[0]
    np.testing.assert_array_equal(a.logits([BOOTS]), b.logits([BOOTS]))


def test_a_bag_counts_a_word_once_and_knows_the_most_frequent_ones():
    bag, _ = fit_bag(words=2)
    assert bag.vocabulary == {"boots": 0, "jeans": 1}
    once, twice, strange = bag.logits([BOOTS, Product("Boots boots"), Product("Boots hat")])
    np.testing.assert_array_equal(once, twice)
    np.testing.assert_array_equal(once, strange)
