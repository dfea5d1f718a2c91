from typing import get_args, get_type_hints

import pytest
import torch

from prodcat.config import ModelConfig
from prodcat.errors import ConfigError
from prodcat.network.fusion import FUSIONS, build_fusion

DIM = 8
NAN = torch.full((3, DIM), torch.nan)
BOTH, TEXT, IMAGE, NEITHER = [True, True], [True, False], [False, True], [False, False]

pytestmark = pytest.mark.parametrize("name", FUSIONS)


@pytest.fixture(autouse=True)
def same_draws():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def test_every_fusion_is_a_setting(name):
    assert name in get_args(get_type_hints(ModelConfig)["fusion"])
    assert len(FUSIONS) == len(get_args(get_type_hints(ModelConfig)["fusion"]))


def test_an_absent_part_has_no_influence(name):
    fusion = build_fusion(name, DIM)
    text, image = torch.randn(3, DIM), torch.randn(3, DIM)
    only_text, only_image = torch.tensor([TEXT] * 3), torch.tensor([IMAGE] * 3)
    for other in (torch.randn(3, DIM), torch.full((3, DIM), torch.inf), NAN):
        torch.testing.assert_close(fusion(text, image, only_text), fusion(text, other, only_text))
        torch.testing.assert_close(
            fusion(text, image, only_image), fusion(other, image, only_image)
        )


def test_a_present_part_has_influence(name):
    fusion = build_fusion(name, DIM)
    text, image, other = torch.randn(3, 3, DIM)
    for present, changed in ((TEXT, (other, image)), (IMAGE, (text, other))):
        for parts in (present, BOTH):
            row = torch.tensor([parts] * 3)
            assert not torch.allclose(fusion(text, image, row), fusion(*changed, row))


def test_neither_part_gives_numbers_that_depend_on_nothing(name):
    fusion = build_fusion(name, DIM)
    neither = torch.tensor([NEITHER] * 3)
    fused = fusion(NAN, NAN, neither)
    assert fused.isfinite().all()
    torch.testing.assert_close(fused, fusion(torch.randn(3, DIM), torch.randn(3, DIM), neither))


def test_products_have_no_influence_on_each_other(name):
    fusion = build_fusion(name, DIM)
    text, image = torch.randn(4, DIM), torch.randn(4, DIM)
    present = torch.tensor([BOTH, TEXT, IMAGE, NEITHER])
    whole = fusion(text, image, present)
    assert whole.shape == (4, DIM)
    for i in range(4):
        alone = fusion(text[i : i + 1], image[i : i + 1], present[i : i + 1])
        torch.testing.assert_close(alone[0], whole[i])


def test_gradients_are_numbers_whatever_is_absent(name):
    fusion = build_fusion(name, DIM)
    text, image = torch.randn(4, DIM, requires_grad=True), torch.randn(4, DIM, requires_grad=True)
    fusion(text, image, torch.tensor([BOTH, TEXT, IMAGE, NEITHER])).square().sum().backward()
    assert all(p.grad.isfinite().all() for p in fusion.parameters())
    for grad, absent in ((text.grad, [2, 3]), (image.grad, [1, 3])):
        assert grad.isfinite().all()
        assert not grad[absent].any()


def test_bfloat16_gives_numbers_too(name):
    fusion = build_fusion(name, DIM).bfloat16()
    text = torch.randn(4, DIM, dtype=torch.bfloat16)
    assert fusion(text, text, torch.tensor([BOTH, TEXT, IMAGE, NEITHER])).isfinite().all()


def test_another_name_is_refused(name):
    with pytest.raises(ConfigError, match=f"^Unknown fusion '{name}s'. Choose one of: concat, gat"):
        build_fusion(f"{name}s", DIM)
