import pytest
import torch

from prodcat.config import config_from_dict
from prodcat.errors import ConfigError
from prodcat.network.classifier import build_classifier
from prodcat.network.fusion import FUSIONS
from tests.network.networks import HEIGHT, LEAVES, WIDTH, Nan, build_network, draw_batch

BOTH, TEXT, IMAGE, NEITHER = [True, True], [True, False], [False, True], [False, False]
MIXED = [BOTH, TEXT, IMAGE, NEITHER]


def answers(network, batch):
    """The logits of a batch, in both ways of running the encoders."""
    with torch.no_grad():
        some = network.score(network.encode(*batch), batch[3])
        every = network.score(network.encode_all(*batch[:3]), batch[3])
        torch.testing.assert_close(network(*batch), some)
    return some, every


@pytest.mark.parametrize("fusion", FUSIONS)
def test_every_product_gets_logits_whatever_it_has(fusion):
    some, every = answers(build_network(fusion).eval(), draw_batch(MIXED))
    assert some.shape == (4, LEAVES)
    assert some.isfinite().all()
    torch.testing.assert_close(some, every)


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("parts", [TEXT, IMAGE, NEITHER])
def test_absent_parts_have_no_influence(fusion, parts):
    network = build_network(fusion).eval()
    ids, mask, pixels, present = draw_batch([parts] * 3)
    other_ids, other_mask, other_pixels, _ = draw_batch([parts] * 3, seed=1)
    changed = (
        ids if parts[0] else other_ids,
        mask if parts[0] else other_mask,
        pixels if parts[1] else other_pixels,
        present,
    )
    for before, after in zip(
        answers(network, (ids, mask, pixels, present)), answers(network, changed), strict=True
    ):
        torch.testing.assert_close(before, after)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_present_parts_have_influence(fusion):
    network = build_network(fusion).eval()
    ids, mask, pixels, present = draw_batch([BOTH] * 2)
    other_ids, _, other_pixels, _ = draw_batch([BOTH] * 2, seed=1)
    before = answers(network, (ids, mask, pixels, present))[0]
    assert not torch.allclose(before, answers(network, (other_ids, mask, pixels, present))[0])
    assert not torch.allclose(before, answers(network, (ids, mask, other_pixels, present))[0])


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("broken", ["text", "image"])
def test_not_even_nan_gets_in_through_an_absent_part(fusion, broken):
    network = build_network(fusion).eval()
    rows = [IMAGE if broken == "text" else TEXT, NEITHER]
    before = answers(network, draw_batch(rows))
    encoder = f"{broken}_encoder"
    setattr(network, encoder, Nan(getattr(network, encoder).dim))
    for sound, after in zip(before, answers(network, draw_batch(rows)), strict=True):
        torch.testing.assert_close(sound, after)


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("text", [True, False])
def test_a_model_of_one_encoder_ignores_the_other_part(fusion, text):
    network = build_network(fusion, text=text, image=not text).eval()
    own = TEXT if text else IMAGE
    with_both, alone = answers(network, draw_batch([BOTH])), answers(network, draw_batch([own]))
    for a, b in zip(with_both, alone, strict=True):
        assert a.isfinite().all()
        torch.testing.assert_close(a, b)


def test_products_have_no_influence_on_each_other():
    network = build_network().eval()
    batch = draw_batch(MIXED)
    whole = answers(network, batch)[0]
    for i in range(len(MIXED)):
        alone = answers(network, tuple(part[i : i + 1] for part in batch))[0]
        torch.testing.assert_close(alone[0], whole[i])


def test_blank_pictures_do_not_shift_the_statistics_of_training():
    a, b = build_network().train(), build_network().train()
    ids, mask, pixels, _ = draw_batch([BOTH] * 2)
    a.encode(ids, mask, pixels, torch.tensor([BOTH] * 2))
    padded = torch.cat([pixels, torch.zeros(6, 3, HEIGHT, WIDTH, dtype=torch.uint8)])
    present = torch.tensor([BOTH] * 2 + [TEXT] * 6)
    b.encode(ids.repeat(4, 1), mask.repeat(4, 1), padded, present)
    for name, statistic in a.named_buffers():
        torch.testing.assert_close(statistic, dict(b.named_buffers())[name])


@pytest.mark.parametrize("rows", [[TEXT] * 3, [NEITHER] * 3, [TEXT, TEXT, IMAGE], [BOTH] * 2])
def test_every_parameter_gets_a_gradient_from_any_batch(rows):
    # DDP waits for ever for a gradient that never comes.
    network = build_network().train()
    network.score(network.encode(*(batch := draw_batch(rows))), batch[3]).sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name


def freeze(network, *encoders):
    for name in encoders:
        getattr(network, name).requires_grad_(False)
    return network.train()


def test_frozen_encoders_stay_in_evaluation_mode():
    network = freeze(build_network(), "text_encoder", "image_encoder")
    assert network.training
    assert network.dropout.training
    for encoder in (network.text_encoder, network.image_encoder):
        assert not any(module.training for module in encoder.modules())
    half = freeze(build_network(), "image_encoder")
    assert half.text_encoder.training
    assert not half.image_encoder.training


def test_frozen_encoders_learn_nothing_and_keep_their_statistics():
    network = freeze(build_network(), "text_encoder", "image_encoder")
    before = {n: t.clone() for n, t in network.state_dict().items() if "_encoder." in n}
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    batch = draw_batch(MIXED)
    network.score(network.encode(*batch), batch[3]).square().sum().backward()
    optimizer.step()
    for name, parameter in network.named_parameters():
        assert (parameter.grad is None) == ("_encoder." in name)
    for name, tensor in before.items():
        torch.testing.assert_close(network.state_dict()[name], tensor)


@pytest.fixture
def settings(toy_encoder):
    return {
        "text": {"encoder": str(toy_encoder)},
        "image": {"encoder": "small_cnn", "weights": "none", "height": 32, "width": 24},
        "model": {"dim": 16, "dropout": 0.25},
    }


@pytest.mark.parametrize("fusion", FUSIONS)
def test_the_settings_build_a_network_that_is_ready_to_train(settings, fusion):
    settings["model"]["fusion"] = fusion
    network = build_classifier(config_from_dict(settings), categories=7)
    assert type(network.fusion) is FUSIONS[fusion]
    assert (network.head.out_features, network.dropout.p, network.dim) == (7, 0.25, 16)
    assert all(module.training for module in network.modules())
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_the_settings_freeze_encoders(settings):
    settings["text"]["frozen"] = settings["image"]["frozen"] = True
    network = build_classifier(config_from_dict(settings), categories=7)
    assert not any(m.training for m in network.text_encoder.modules())
    assert not any(m.training for m in network.image_encoder.modules())
    learning = {name.split(".")[0] for name, p in network.named_parameters() if p.requires_grad}
    assert learning == {"text_projection", "image_projection", "fusion", "head"}


@pytest.mark.parametrize(("off", "encoder"), [("text", "text_encoder"), ("image", "image_encoder")])
def test_the_settings_leave_an_encoder_out(settings, off, encoder):
    settings[off] = {"encoder": "none"}
    network = build_classifier(config_from_dict(settings), categories=7)
    assert getattr(network, encoder) is None


def test_an_unknown_encoder_is_told(settings):
    settings["image"]["encoder"] = "no_net"
    with pytest.raises(ConfigError, match=r"^Unknown image.encoder 'no_net'"):
        build_classifier(config_from_dict(settings), categories=7)
