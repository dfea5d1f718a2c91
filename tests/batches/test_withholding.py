from itertools import product

import pytest
import torch

from prodcat.batches.withholding import NameMask, PartDropout
from prodcat.config import ImageConfig, TextConfig
from prodcat.data.category_words import category_words


@pytest.mark.parametrize("have", list(product([True, False], repeat=3)))
def test_withholding_never_leaves_nothing_and_never_adds(have):
    for _ in range(50):
        shown = PartDropout(text=0.5, name=0.9, description=0.9, image=0.9).draw(have)
        assert any(shown) == any(have)
        assert not any(s and not h for s, h in zip(shown, have, strict=True))


def test_nothing_is_withheld_by_default():
    for have in product([True, False], repeat=3):
        assert PartDropout().draw(have) == have


@pytest.mark.parametrize(
    ("dropout", "part", "share"),
    [
        (PartDropout(image=0.3), 2, 0.3),
        (PartDropout(name=0.3), 0, 0.3),
        (PartDropout(description=0.3), 1, 0.3),
        (PartDropout(text=0.5, name=0.5), 0, 0.75),
    ],
)
def test_parts_are_withheld_as_often_as_asked(dropout, part, share):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        shown = [dropout.draw((True, True, True))[part] for _ in range(2000)]
    assert shown.count(False) / 2000 == pytest.approx(share, abs=0.04)


def test_withholding_the_text_withholds_name_and_description():
    assert PartDropout(text=1.0).draw((True, True, True)) == (False, False, True)


def test_the_settings_say_what_is_withheld():
    text = TextConfig(drop=0.1, drop_name=0.2, drop_description=0.3)
    assert PartDropout.of(text, ImageConfig(drop=0.4)) == PartDropout(0.1, 0.2, 0.3, 0.4)


def test_a_model_is_never_refused_the_only_thing_it_reads():
    blind, mute = ImageConfig(encoder="none"), TextConfig(encoder="none")
    assert PartDropout.of(mute, ImageConfig()).image == 0
    assert PartDropout.of(TextConfig(), blind).text == 0


def test_names_lose_the_words_of_the_tree_as_often_as_asked():
    mask = NameMask.of(TextConfig(mask_name=0.3), [("Men", "Casual Shoes"), ("Women", "Jeans")])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        names = [mask.draw("Puma Men Black Shoe") for _ in range(2000)]
    assert set(names) == {"Puma Men Black Shoe", "Puma Black"}
    assert names.count("Puma Black") / 2000 == pytest.approx(0.3, abs=0.04)


def test_a_name_of_nothing_but_words_of_the_tree_stays():
    assert NameMask(category_words(["Men", "Shoes"]), 0.999).draw("Men's Shoes") == "Men's Shoes"


def test_names_stay_whole_unless_asked_and_where_the_encoder_is_frozen():
    before = torch.random.get_rng_state()
    for config in (TextConfig(mask_name=0), TextConfig(mask_name=0.5, frozen=True)):
        mask = NameMask.of(config, [("Men", "Shoes")])
        assert mask.draw("Puma Men's Shoes") == "Puma Men's Shoes"
    assert torch.equal(torch.random.get_rng_state(), before)  # nor does it shift other draws
