import asyncio

import pytest

from experiments.benchmarks.serving.processes import running
from tests.model_files import build_model_dir
from tests.serve.fuzzing import fuzz


@pytest.mark.slow
def test_bodies_of_no_honest_client_bring_no_error_of_ours_and_no_growth(tmp_path):
    model = build_model_dir(tmp_path / "model")
    command = ["-m", "prodcat", "serve", "--port", "PORT", "--model", str(model)]
    with running(command, ready="/readyz") as service:
        asyncio.run(fuzz(service.port, 80, seed=1))
        before = service.memory_mb()
        outcomes = asyncio.run(fuzz(service.port, 160, seed=2))
        after = service.memory_mb()
    assert outcomes.failed == []
    assert outcomes.statuses["422"] > 25
    assert outcomes.statuses["400"] > 6
    assert after < before + 60
