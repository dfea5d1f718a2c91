import pytest

from tests.experiments.sweeps import Sweeps


@pytest.fixture
def sweeps(tmp_path, toy_corpus, monkeypatch):
    """A sweep in a folder of its own, whose runs are stand-ins."""
    import experiments.sweep.runner
    from tests.experiments.sweeps import FAKE_RUN

    real = experiments.sweep.runner.run_command

    def fake_command(job, options):
        words = real(job, options)
        config = words.index("--config")
        return [words[0], str(FAKE_RUN), options.corpus_fingerprint, *words[config:]]

    monkeypatch.setattr(experiments.sweep.runner, "run_command", fake_command)
    monkeypatch.setattr(experiments.sweep.runner, "POLL_S", 0.01)
    return Sweeps(tmp_path, toy_corpus)
