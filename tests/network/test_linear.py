import numpy as np
import pytest
import torch

from prodcat.network.linear import UNKNOWN, FixedParts, LinearClassifier, Standardize
from prodcat.network.words import WordRows


def build(rows=5, width=3, categories=4):
    torch.manual_seed(0)
    text, image = torch.randn(20, 6), torch.randn(20, 7)
    classifier = LinearClassifier(text, image, rows=rows, width=width, categories=categories)
    for weights in classifier.parameters():
        torch.nn.init.normal_(weights)
    return classifier


def draw(products=2):
    torch.manual_seed(1)
    words = torch.tensor([[1, 3, UNKNOWN]] * products)
    return FixedParts(torch.randn(products, 6), words, torch.randn(products, 7))


def test_standardizing_gives_mean_0_and_the_length_asked_for():
    torch.manual_seed(0)
    given = torch.randn(2000, 50) * 7 + 3
    done = Standardize(given, 4.0)(given)
    torch.testing.assert_close(done.mean(dim=0), torch.zeros(50), atol=1e-5, rtol=0)
    assert float(done.norm(dim=1).mean()) == pytest.approx(4.0, rel=0.02)


def test_numbers_that_never_change_and_no_embeddings_at_all_stay_finite():
    assert Standardize(torch.ones(3, 2), 1.0)(torch.ones(1, 2)).isfinite().all()
    assert Standardize(torch.empty(0, 2), 1.0)(torch.ones(1, 2)).isfinite().all()


def test_words_are_added_up_over_the_root_of_their_number():
    classifier = build()
    with torch.no_grad():
        classifier.table.weight[1] = torch.tensor([2.0, 0.0, 4.0])
        classifier.table.weight[2] = torch.tensor([2.0, 8.0, 0.0])
        classifier.table.weight[UNKNOWN] = 0.0
    found = classifier.embed_words(torch.tensor([[1, 2, 2, 2], [UNKNOWN, 1, UNKNOWN, UNKNOWN]]))
    expected = torch.tensor([[4.0, 12.0, 2.0], [2.0, 0.0, 4.0]])  # by hand: 8 / 2, 24 / 2, 4 / 2
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("part", [0, 1])
def test_an_absent_part_has_no_influence_not_even_its_nan(part):
    classifier, parts = build(), draw()
    present = torch.ones(2, 2, dtype=torch.bool)
    present[:, part] = False
    broken = FixedParts(torch.full((2, 6), torch.nan), parts.words * 0 + 2, parts.image)
    if part:
        broken = FixedParts(parts.text, parts.words, torch.full((2, 7), torch.nan))
    torch.testing.assert_close(classifier(parts, present), classifier(broken, present))


def test_parts_are_added():
    classifier, parts = build(), draw()
    shown = torch.tensor([[True, True], [True, False], [False, True], [False, False]])
    both, text, image, nothing = (classifier(parts, row.expand(2, 2)) for row in shown)
    torch.testing.assert_close(both + nothing, text + image)
    torch.testing.assert_close(nothing, classifier.bias.expand(2, -1))


def test_word_pieces_that_training_did_not_see_and_padding_are_unknown():
    words = WordRows.of([[4, 7], [7, 2]], vocabulary=9)
    found = words.look_up(np.array([[7, 5, 2], [4, 4, 0]]), np.array([[1, 1, 1], [1, 0, 0]]))
    assert words.count == 4
    assert found.tolist() == [[3, UNKNOWN, 1], [2, UNKNOWN, UNKNOWN]]
