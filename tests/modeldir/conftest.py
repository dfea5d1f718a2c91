"""A model directory, and copies of it."""

import shutil

import pytest

from tests.model_files import build_model_dir


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("model"))


@pytest.fixture
def folder(sound, tmp_path):
    """A copy that may be spoilt."""
    return shutil.copytree(sound, tmp_path / "model")
