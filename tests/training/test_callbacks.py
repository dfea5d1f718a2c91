from types import SimpleNamespace

import pytest
from pytorch_lightning.callbacks import ModelCheckpoint

from prodcat.training.callbacks import MidEpochCheckpoint


@pytest.mark.parametrize("is_last", [False, True])
def test_no_checkpoint_is_written_at_the_last_batch_of_an_epoch(tmp_path, monkeypatch, is_last):
    written = []
    monkeypatch.setattr(
        ModelCheckpoint, "on_train_batch_end", lambda self, *values: written.append(values)
    )
    trainer = SimpleNamespace(is_last_batch=is_last)
    MidEpochCheckpoint(tmp_path).on_train_batch_end(trainer, "task", "outputs", "batch", 7)
    assert len(written) == (not is_last)
