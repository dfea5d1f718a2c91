import pytest

from prodcat.inference.predictor import Predictor
from tests.model_files import build_model_dir


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def predictor(model_dir):
    return Predictor.load(model_dir, threads=1)
