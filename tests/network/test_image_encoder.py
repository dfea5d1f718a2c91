import os
from urllib.error import URLError

import pytest
import torch
import torchvision
from safetensors.torch import save_file

from prodcat.config import ImageConfig
from prodcat.errors import ConfigError
from prodcat.network.image_encoder import MEAN, STD, SmallCnn, build_image_encoder


def build(encoder="small_cnn", weights="none", height=32, width=24):
    config = ImageConfig(encoder=encoder, weights=weights, height=height, width=width)
    return build_image_encoder(config)


def pictures(count=2, height=32, width=24):
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, 3, height, width), dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize(
    ("encoder", "dim"),
    [("small_cnn", 256), ("vgg_cnn", 256), ("squeezenet1_1", 512), ("mobilenet_v3_small", 1024)],
)
def test_pictures_become_embeddings(encoder, dim):
    network = build(encoder).eval()
    with torch.no_grad():
        embeddings = network(pictures())
    assert embeddings.shape == (2, dim) == (2, network.dim)
    assert embeddings.isfinite().all()
    assert not torch.equal(embeddings[0], embeddings[1])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoder", "dim"),
    [
        ("resnet18", 512),
        ("mobilenet_v2", 1280),
        ("mobilenet_v3_large", 1280),
        ("efficientnet_b0", 1280),
        ("squeezenet1_0", 512),
        ("densenet121", 1024),
        ("shufflenet_v2_x0_5", 1024),
        ("mnasnet0_5", 1280),
        ("regnet_y_400mf", 440),
        ("googlenet", 1024),
        ("convnext_tiny", 768),
        ("swin_t", 768),
    ],
)
def test_networks_of_torchvision_are_known_by_name(encoder, dim):
    network = build(encoder, height=64, width=48)
    for training in (True, False):
        embeddings = network.train(training)(pictures(height=64, width=48))
        assert embeddings.shape == (2, dim) == (2, network.dim)


@pytest.mark.slow
def test_networks_with_further_outputs_answer_with_one(monkeypatch):
    import torchvision

    def downloaded(name, **_):
        return torchvision.models.inception_v3(weights=None, aux_logits=True, init_weights=False)

    monkeypatch.setattr(torchvision.models, "get_model", downloaded)
    network = build("inception_v3", weights="torchvision", height=80, width=80)
    assert network.train()(pictures(height=80, width=80)).shape == (2, 2048)


def test_a_new_network_is_in_training_mode():
    assert all(module.training for module in build("mobilenet_v3_small").modules())


def test_pixels_are_normalised_as_the_pretrained_networks_expect():
    encoder = build()
    encoder.network = torch.nn.Identity()
    pixels = torch.tensor([0, 128, 255], dtype=torch.uint8).view(1, 3, 1, 1)
    expected = [(v / 255 - m) / s for v, m, s in zip((0, 128, 255), MEAN, STD, strict=True)]
    torch.testing.assert_close(encoder(pixels).flatten(), torch.tensor(expected))


def test_the_small_network_takes_pictures_of_any_size():
    network = SmallCnn().eval()
    with torch.no_grad():
        assert network(torch.rand(1, 3, 40, 17)).shape == (1, 256)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of weights as torchvision has them, head included."""
    import torchvision

    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = torchvision.models.get_model("squeezenet1_1", weights=None)
    file = tmp_path_factory.mktemp("weights") / "squeezenet1_1.safetensors"
    save_file(network.state_dict(), file)
    return file, network


def test_weights_come_from_a_local_file(weights):
    file, network = weights
    there, here = network.state_dict(), build("squeezenet1_1", str(file)).network.state_dict()
    assert len(here) >= 50
    assert all(torch.equal(tensor, there[name]) for name, tensor in here.items())


def test_weights_of_another_network_are_refused(weights):
    with pytest.raises(ConfigError, match="are not this network's") as caught:
        build("mobilenet_v3_small", str(weights[0]))
    assert "\n" not in str(caught.value)


def test_weights_that_are_incomplete_or_too_many_are_refused(weights, tmp_path):
    state = dict(weights[1].state_dict())
    name = next(iter(state))
    for changed in (
        {k: v for k, v in state.items() if k != name},
        {**state, "more": state[name].clone()},
    ):
        save_file(changed, tmp_path / "changed.safetensors")
        with pytest.raises(ConfigError, match="are not this network's"):
            build("squeezenet1_1", str(tmp_path / "changed.safetensors"))


@pytest.mark.parametrize("content", [b"", b"no weights at all"])
def test_a_file_of_no_weights_is_told(tmp_path, content):
    (tmp_path / "some.safetensors").write_bytes(content)
    with pytest.raises(ConfigError, match="are not this network's"):
        build("squeezenet1_1", str(tmp_path / "some.safetensors"))


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(ConfigError, match=r"^image.weights is 'no\.safetensors', but there is no"):
        build("squeezenet1_1", "no.safetensors")


def test_an_unknown_network_is_told_with_the_known_ones():
    with pytest.raises(
        ConfigError, match=r"^Unknown image.encoder 'resnet19'.* resnet18,"
    ) as caught:
        build("resnet19")
    assert "\n" not in str(caught.value)
    assert "fasterrcnn" not in str(caught.value)  # finds boxes, tells no categories


def test_the_small_network_has_no_weights_to_load():
    with pytest.raises(
        ConfigError, match=r"^small_cnn starts from scratch: set image.weights=none"
    ):
        build("small_cnn", "some.safetensors")
    build("small_cnn", "torchvision")


def test_pictures_that_a_network_cannot_take_are_told_before_training():
    with pytest.raises(ConfigError, match=r"^image.encoder 'squeezenet1_1' does not take pictures"):
        build("squeezenet1_1", height=16, width=16)


def test_a_failed_download_says_what_to_do(monkeypatch):
    import torchvision

    def fail(name, **_):
        raise URLError("no route")

    monkeypatch.setattr(torchvision.models, "get_model", fail)
    with pytest.raises(
        ConfigError, match=r"^Cannot download torchvision's weights of resnet18: .*"
    ):
        build("resnet18", "torchvision")


class Payload:
    """Unpickled, it would make a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def test_weights_that_lie_where_torchvision_keeps_its_own_are_read_as_data(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    weights = torchvision.models.get_model_weights("squeezenet1_1").DEFAULT
    kept = tmp_path / "hub" / "checkpoints" / weights.url.rpartition("/")[2]
    kept.parent.mkdir(parents=True)
    torch.save({"a": Payload(tmp_path / "made")}, kept)

    with pytest.raises(ConfigError, match="Cannot download torchvision's weights"):
        build("squeezenet1_1", weights="torchvision")
    assert not (tmp_path / "made").exists()
    assert "TORCH_FORCE_WEIGHTS_ONLY_LOAD" not in os.environ
