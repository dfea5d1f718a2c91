import pyarrow as pa
import pytest

from prodcat.bulk.joining import joined
from prodcat.errors import InputError


def answers(rows):
    return pa.table({"row": pa.array(rows, pa.int64()), "id": [str(row) for row in rows]})


class Cells:
    def __init__(self, count):
        self.numbers = iter(range(1, count + 1))

    def take(self, answers):
        taken = [n for _, n in zip(range(answers.num_rows), self.numbers, strict=False)]
        return [taken], len(taken)


def join(count, *parts):
    found = joined(Cells(count), map(answers, parts), "in.csv")
    return [(row.first, row.cells[0], row.answers["row"].to_pylist()) for row in found]


def test_rows_stand_beside_their_answers():
    assert join(5, [1, 2, 3], [4, 5]) == [(1, [1, 2, 3], [1, 2, 3]), (4, [4, 5], [4, 5])]


def test_few_rows_are_taken_at_once(monkeypatch):
    monkeypatch.setattr("prodcat.bulk.joining.ROWS_AT_ONCE", 2)
    assert [rows for _, rows, _ in join(5, [1, 2, 3], [4, 5])] == [[1, 2], [3], [4, 5]]


def test_fewer_rows_than_answers_are_told():
    with pytest.raises(InputError, match=r"in\.csv changed"):
        join(4, [1, 2, 3], [4, 5])


def test_a_table_without_rows_has_none():
    assert join(0, []) == [(1, [], [])]
