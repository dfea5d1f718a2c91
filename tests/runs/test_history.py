import pytest

from prodcat.errors import AnalyzeError
from prodcat.runs.history import History, read_history


def test_history_is_read_by_column(tmp_path):
    (tmp_path / "h.csv").write_text("epoch,train_loss,val_loss\n1,0.5,\n2,nan,0.25\n")

    assert read_history(tmp_path / "h.csv") == History(
        (1, 2), {"train_loss": (0.5, None), "val_loss": (None, 0.25)}
    )


def test_a_run_without_epochs_has_no_history(tmp_path):
    assert read_history(tmp_path / "history.csv") == History()


@pytest.mark.parametrize(
    "text",
    ["loss\n1\n", "epoch,loss\none,2\n", "epoch,loss\n1,low\n", 'epoch,"loss\n1', "epoch\n\x00\n"],
)
def test_history_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "history.csv").write_text(text)

    with pytest.raises(AnalyzeError, match="no table of epochs"):
        read_history(tmp_path / "history.csv")


def test_a_history_of_too_many_epochs_is_refused(tmp_path):
    (tmp_path / "history.csv").write_text("epoch\n" + "1\n" * 10_001)

    with pytest.raises(AnalyzeError, match="over 10,000 rows"):
        read_history(tmp_path / "history.csv")
