from typing import get_args, get_type_hints

import pytest
import torch

from prodcat.batches.transforms import AUGMENTATIONS, blank, build_augmentation
from prodcat.config import ImageConfig
from prodcat.errors import ConfigError

CHOICES = get_args(get_type_hints(ImageConfig)["augment"])


@pytest.fixture(autouse=True)
def same_draws():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def test_the_settings_know_every_augmentation():
    assert set(CHOICES) == {"none", *AUGMENTATIONS}


def test_none_changes_nothing():
    assert build_augmentation("none") is None


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_a_changed_picture_is_a_picture_of_the_same_size(name):
    picture = torch.randint(0, 256, (3, 32, 24), dtype=torch.uint8)
    change = build_augmentation(name)
    changed = [change(picture) for _ in range(8)]
    assert {(c.dtype, tuple(c.shape)) for c in changed} == {(torch.uint8, (3, 32, 24))}
    assert sum(not torch.equal(c, picture) for c in changed) == 8
    assert not torch.equal(changed[0], changed[1])


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_what_a_shift_uncovers_is_white_like_the_paper(name):
    white = torch.full((3, 32, 24), 255, dtype=torch.uint8)
    change = build_augmentation(name)
    plain = [bool((changed == changed[0, 0, 0]).all()) for changed in map(change, [white] * 20)]
    assert sum(plain) >= 10  # the strong one also erases patches, now and then


def test_the_original_is_left_as_it_is():
    picture = torch.randint(0, 256, (3, 32, 24), dtype=torch.uint8)
    before = picture.clone()
    for name in AUGMENTATIONS:
        build_augmentation(name)(picture)
    assert torch.equal(picture, before)


def test_an_unknown_augmentation_is_told():
    with pytest.raises(
        ConfigError, match=r"^Unknown augmentation 'wild'\. Choose one of: none, li"
    ):
        build_augmentation("wild")


def test_the_stand_in_for_a_picture_is_black():
    assert blank(4, 6).shape == (3, 4, 6)
    assert blank(4, 6).dtype == torch.uint8
    assert not blank(4, 6).any()
