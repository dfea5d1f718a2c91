"""The document of the service, held against the service by schemathesis: all of its checks."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from prodcat.serve.settings import Limits
from tests.model_files import build_model_dir
from tests.serve.serving import KEY, served

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schemathesis")
    (folder / "keys").write_text(KEY)
    model = build_model_dir(folder / "model")
    with served(model, key_file=folder / "keys", limits=Limits(waiting=10_000)) as service:
        yield service


@pytest.fixture(scope="module")
def api(running):
    config = schemathesis.Config.from_dict({"headers": {"Authorization": f"Bearer {KEY}"}})
    return schemathesis.openapi.from_url(f"{running.url}/openapi.json", config=config)


schema = schemathesis.pytest.from_fixture("api")


@schema.parametrize()
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_the_document_says_what_the_service_does(case):
    case.call_and_validate(timeout=30)


