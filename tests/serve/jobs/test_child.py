import json
import time

from prodcat.serve.jobs.child import PARTS, answer, count_rows
from prodcat.serve.jobs.records import RUNNING, Job
from prodcat.serve.jobs.store import PROGRESS_FILE
from prodcat.tables.table import open_table
from tests.model_files import build_model_dir

ROWS = 2500
"""More than a part of the answers holds."""


def table(folder):
    (folder / "pictures").mkdir()
    lines = "".join(f'"Red Boots\n{number}"\n' for number in range(ROWS))
    (folder / "table.csv").write_text("name\n" + lines)
    now = time.time()
    return Job("0" * 32, RUNNING, "shop.csv", ".csv", 1, now, now)


def test_how_many_rows_a_table_has_that_does_not_tell_is_known_and_all_of_them_are_kept(tmp_path):
    job = table(tmp_path)
    model = build_model_dir(tmp_path / "model")
    outcome = answer(tmp_path, job, "csv", model)
    assert outcome["result"]["rows"] == ROWS
    progress = json.loads((tmp_path / PROGRESS_FILE).read_bytes())
    assert progress == {"done": ROWS, "total": ROWS}
    # Further files are made of what was kept: every row of it.
    assert len(list((tmp_path / PARTS).glob("part-*"))) == 2


def test_a_table_that_takes_long_to_count_is_not_counted(tmp_path, monkeypatch):
    table(tmp_path)
    opened = open_table(tmp_path / "table.csv")
    assert opened.count() is None
    assert count_rows(opened) == ROWS
    monkeypatch.setattr("prodcat.serve.jobs.child.COUNT_S", -1.0)
    assert count_rows(opened) is None
