from pathlib import Path

from prodcat.cli.starting import started_tables
from prodcat.starting.calibrating import Known
from prodcat.starting.result import Alike, Started
from tests.cli.running import run


def test_start_refuses_a_tree_that_is_not_there(tmp_path: Path) -> None:
    result = run("start", tmp_path / "none.txt", "-o", tmp_path / "model", status=1)
    assert "none.txt" in result.output
    assert not (tmp_path / "model").exists()


def test_the_summary_shows_what_will_be_confused() -> None:
    pair = Alike(("Shoes", "Boots"), ("Shoes", "Ankle boots"), 0.93)
    started = Started(Path("m"), 60, 70, 0, "toy", (pair,), Known(1.0, 0.5, 0.8, None))
    tables = list(started_tables(started))
    assert [str(cell) for column in tables[1].columns for cell in column.cells][:2] == [
        "Shoes > Boots",
        "Shoes > Ankle boots",
    ]
    assert started.to_dict()["to_label"] == 300
    assert "80%" in started.said
