"""What a training needs from elsewhere is looked for first."""

import socket
import time

import pytest

from prodcat.config import config_from_dict
from prodcat.errors import ConfigError, ModelNotFoundError
from prodcat.training.sources import check_sources


@pytest.fixture(autouse=True)
def closed_hub(monkeypatch):
    """A hub at which nobody takes a connection."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.delenv("HTTPS_PROXY", raising=False)
        monkeypatch.delenv("https_proxy", raising=False)
        yield


def settings(tmp_path, **changes):
    data = {"text": {"encoder": str(tmp_path)}, "image": {"weights": "none"}}
    for section, values in changes.items():
        data[section] = data.get(section, {}) | values
    return config_from_dict(data)


def test_what_is_all_there_is_fine(tmp_path):
    check_sources(settings(tmp_path))


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"image": {"weights": "/nowhere/cnn.safetensors"}}, ConfigError, "image.weights is"),
        ({"model": {"start": "/nowhere/model"}}, ModelNotFoundError, "model.start names"),
        ({"distill": {"teachers": ["/nowhere/m"]}}, ModelNotFoundError, "distill.teachers names"),
    ],
)
def test_files_are_looked_for_before_the_hub_is_asked(tmp_path, changes, error, said):
    changes["text"] = {"encoder": "somebody/some-bert"}
    with pytest.raises(error, match=said):
        check_sources(settings(tmp_path, **changes))


def test_offline_the_error_comes_at_once_and_in_one_line(tmp_path):
    began = time.monotonic()
    with pytest.raises(ConfigError, match="the hub cannot be asked for it") as caught:
        check_sources(settings(tmp_path, text={"encoder": "somebody/some-bert"}))
    assert time.monotonic() - began < 5
    assert "\n" not in str(caught.value)


def test_a_hub_that_is_switched_off_is_not_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ConfigError, match="HF_HUB_OFFLINE is set"):
        check_sources(settings(tmp_path, text={"encoder": "somebody/some-bert"}))


def test_a_text_encoder_that_is_not_used_is_not_looked_for(tmp_path):
    check_sources(settings(tmp_path, text={"encoder": "none"}))
