import csv
import io

import numpy as np
import pytest

from prodcat.analyze.findings.mistakes import find_mistakes, mistakes_csv
from prodcat.analyze.findings.summarize import summarize
from prodcat.excel.cells import guarded, unguarded
from prodcat.runs.reading import read_runs
from tests.analyze.run_files import PICTURE, Answered, write_run

PROBS = np.array([[0.1, 0.6, 0.3], [0.9, 0.06, 0.04], [0.95, 0.03, 0.02], [0.8, 0.1, 0.1]])
LABELS = np.array([2, 1, 0, 1])
NAMES = ["=HYPERLINK(1)", 'A "name", with\nlines', None, None]


def summary_of(tmp_path, **sides):
    for name, side in sides.items():
        write_run(tmp_path / name, test=side)
    return summarize(read_runs([tmp_path])[0])


def test_mistakes_start_with_the_surest(tmp_path):
    side = summary_of(tmp_path, a=Answered(PROBS, LABELS)).runs[0].side

    found = find_mistakes(side)

    assert [m.id[-4:] for m in found] == ["0001", "0003", "0000"]
    assert [m.answer for m in found] == ["Bags", "Bags", "Shoes > Boots"]
    assert [m.probability for m in found] == [0.9, 0.8, 0.6]
    assert [round(m.label_probability, 2) for m in found] == [0.06, 0.1, 0.3]


def test_a_label_that_is_not_among_the_best_has_no_probability(tmp_path):
    paths = tuple(f"P{i}" for i in range(8))
    probs = np.array([[0.3, 0.2, 0.15, 0.1, 0.1, 0.1, 0.05, 0.0]])
    val = Answered(probs, np.array([0]))
    write_run(tmp_path / "a", test=Answered(probs, np.array([7])), val=val, paths=paths)

    [mistake] = summarize(read_runs([tmp_path])[0]).runs[0].mistakes

    assert mistake.label_probability is None


def test_the_table_has_a_row_for_each_product_with_its_surest_wrong_answer(tmp_path):
    other = PROBS.copy()
    other[0] = [0.95, 0.03, 0.02]
    other[1] = [0.1, 0.8, 0.1]
    summary = summary_of(
        tmp_path, a=Answered(PROBS, LABELS, names=NAMES), b=Answered(other, LABELS, names=NAMES)
    )

    rows = list(csv.DictReader(io.StringIO(mistakes_csv(summary))))

    told = [(r["id"][-4:], r["answer"], r["run"], r["runs_wrong"], r["runs"]) for r in rows]
    assert told == [
        ("0000", "Bags", "b", "2", "2"),
        ("0001", "Bags", "a", "1", "2"),
        ("0003", "Bags", "a", "2", "2"),
    ]
    assert rows[0]["label"] == "Shoes > Clogs"
    assert rows[0]["probability"] == "0.950000"
    assert rows[0]["verdict"] == ""
    assert rows[0]["image"] == f"images/ab/ab/{PICTURE}.jpg"


def test_names_are_never_formulas_and_stay_one_line(tmp_path):
    summary = summary_of(tmp_path, a=Answered(PROBS, LABELS, names=NAMES))

    rows = {r["id"][-4:]: r for r in csv.DictReader(io.StringIO(mistakes_csv(summary)))}

    assert rows["0000"]["name"] == "'=HYPERLINK(1)"
    assert rows["0001"]["name"] == 'A "name", with lines'


def test_what_is_no_hash_is_no_picture(tmp_path):
    pictures = ["../../etc/passwd", None, None, None]
    summary = summary_of(tmp_path, a=Answered(PROBS, LABELS, pictures=pictures))

    rows = list(csv.DictReader(io.StringIO(mistakes_csv(summary))))

    assert {row["image"] for row in rows} == {""}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "text", ["=1+1", "Boots;=cmd|' /C calc'!A0", 'x;"=1+1', "a\n=1", "\t=1", "a; \t@x", ";-1"]
)
def test_no_cell_is_a_formula_however_a_spreadsheet_cuts_it(delimiter, text):
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(["id", guarded(text), "end"])

    for row in csv.reader(io.StringIO(stream.getvalue()), delimiter=delimiter):
        assert not any(cell.strip(' \t\r\n"').startswith(("=", "+", "-", "@")) for cell in row)
    assert unguarded(guarded(text)) == text
