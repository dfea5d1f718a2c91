import threading
from pathlib import Path

import pyarrow as pa
import pytest

import prodcat
from prodcat.bulk.answering import CategorizeOptions
from prodcat.bulk.categorizing import categorize
from prodcat.bulk.pictures_ahead import with_pictures
from prodcat.errors import ImageError, InputError
from prodcat.tables.rows import WEB_ADDRESS, TableRow
from tests.bulk.tables import answered, write_jsonl
from tests.model_files import encoded


class Shelf:
    """Has pictures by their addresses, and notes which are asked for."""

    def __init__(self, **pictures):
        self.pictures, self.asked = pictures, []

    def __call__(self, url):
        self.asked.append(url)
        if url not in self.pictures:
            raise ImageError(f"picture could not be fetched: not found ({url})")
        return self.pictures[url]


def row(number, url="", **fields):
    problems = (WEB_ADDRESS,) if url and "image" not in fields else ()
    return TableRow(number, image_url=url, problems=problems, **fields)


def test_rows_come_in_order_with_their_pictures():
    shelf = Shelf(a=Path("a"), b=Path("b"))
    rows = list(with_pictures([row(1, "b"), row(2), row(3, "a")], shelf))
    assert [(r.number, r.image, r.problems) for r in rows] == [
        *((1, Path("b"), ()), (2, None, ()), (3, Path("a"), ())),
    ]


def test_a_picture_that_cannot_be_had_is_a_problem_of_its_row():
    (got,) = with_pictures([row(1, "x", name="boots")], Shelf())
    assert (got.name, got.image) == ("boots", None)
    assert got.problems == ("picture could not be fetched: not found (x)",)


def test_rows_near_each_other_share_what_is_fetched():
    shelf = Shelf(a=Path("a"))
    rows = list(with_pictures([row(n, "a") for n in range(50)], shelf))
    assert [r.image for r in rows] == [Path("a")] * 50
    assert shelf.asked == ["a"]


def test_a_picture_that_is_there_is_not_fetched(tmp_path):
    (tmp_path / "here.jpg").write_bytes(b"a picture")
    shelf = Shelf(u=Path("fetched"))
    there, gone = tmp_path / "here.jpg", tmp_path / "gone.jpg"
    rows = [row(1, "u", image=b"bytes"), row(2, "u", image=there), row(3, "u", image=gone)]
    assert [r.image for r in with_pictures(rows, shelf)] == [b"bytes", there, Path("fetched")]


def test_no_more_rows_are_taken_than_it_may_be_ahead():
    taken = []

    def rows():
        for number in range(100):
            taken.append(number)
            yield row(number, str(number))

    pictures = with_pictures(rows(), Shelf(), ahead=10)
    next(pictures)
    assert len(taken) == 11


def test_pictures_are_fetched_side_by_side():
    both = threading.Barrier(2, timeout=10)

    def fetch(url):
        both.wait()
        return Path(url)

    assert len(list(with_pictures([row(1, "a"), row(2, "b")], fetch))) == 2


def test_an_error_that_is_no_fault_of_a_picture_ends_the_run():
    def fetch(url):
        raise InputError("Pictures cannot be kept: No space left on device.")

    with pytest.raises(InputError, match="No space left"):
        list(with_pictures([row(1, "a")], fetch))


@pytest.mark.parametrize("processes", [False, True])
def test_a_table_is_answered_with_the_pictures_of_its_addresses(tmp_path, predictor, processes):
    (tmp_path / "kept.jpg").write_bytes(encoded("#0000ff"))
    at = "https://cdn.example"
    source = write_jsonl(
        tmp_path / "in.jsonl",
        [
            {"id": "1", "image": f"{at}/jeans.jpg"},
            {"id": "2", "name": "boots", "image": f"{at}/none.jpg"},
            {"id": "3", "name": "bag"},
        ],
    )
    shelf = Shelf(**{f"{at}/jeans.jpg": tmp_path / "kept.jpg"})
    options = CategorizeOptions(fetch_picture=shelf, processes=processes, workers=1)

    categorize(source, tmp_path / "out.parquet", predictor=predictor, options=options)

    rows = [(r["id"], r["category"], r["error"]) for r in answered(tmp_path / "out.parquet")]
    assert rows == [
        ("1", "Clothes > Trousers > Jeans", None),
        ("2", "Shoes > Boots", f"picture could not be fetched: not found ({at}/none.jpg)"),
        ("3", "Bags", None),
    ]


def test_a_run_that_goes_on_asks_for_no_picture_of_rows_that_are_answered(
    tmp_path, predictor, monkeypatch
):
    at = "https://cdn.example"
    source = write_jsonl(
        tmp_path / "in.jsonl", [{"id": n, "image": f"{at}/{n}.jpg"} for n in range(8)]
    )
    (tmp_path / "kept.jpg").write_bytes(encoded("#0000ff"))
    pictures = {f"{at}/{n}.jpg": tmp_path / "kept.jpg" for n in range(8)}
    calls = []

    def stop_halfway(done, total):
        calls.append(done)
        if done >= 4:
            raise KeyboardInterrupt

    def options(shelf):
        return CategorizeOptions(fetch_picture=shelf, part_rows=2, batch_size=2, workers=1)

    with pytest.raises(KeyboardInterrupt):
        categorize(
            *(source, tmp_path / "out.parquet"),
            predictor=predictor,
            options=options(Shelf(**pictures)),
            on_progress=stop_halfway,
        )
    shelf = Shelf(**pictures)
    result = categorize(
        *(source, tmp_path / "out.parquet"), predictor=predictor, options=options(shelf)
    )
    assert (result.resumed_rows, result.restarted, result.counts.rows) == (4, None, 8)
    assert sorted(shelf.asked) == [f"{at}/{n}.jpg" for n in range(4, 8)]


def test_a_run_with_pictures_does_not_go_on_from_one_without(tmp_path, predictor):
    source = write_jsonl(tmp_path / "in.jsonl", [{"name": "bag"}, {"name": "boots"}])

    def stop(done, total):
        raise KeyboardInterrupt

    output = tmp_path / "out.parquet"
    one = CategorizeOptions(part_rows=1, batch_size=1, workers=1)
    with pytest.raises(KeyboardInterrupt):
        categorize(source, output, predictor=predictor, options=one, on_progress=stop)
    fetching = CategorizeOptions(fetch_picture=Shelf())
    result = categorize(source, output, predictor=predictor, options=fetching)
    assert "options changed" in result.restarted


def test_a_data_frame_is_answered_with_the_pictures_of_its_addresses(tmp_path, predictor):
    (tmp_path / "kept.jpg").write_bytes(encoded("#0000ff"))
    at = "https://cdn.example"
    frame = pa.table({"name": [None, "boots"], "image": [f"{at}/jeans.jpg", f"{at}/none.jpg"]})
    shelf = Shelf(**{f"{at}/jeans.jpg": tmp_path / "kept.jpg"})

    answers = prodcat.categorize(
        frame, model=predictor, options=CategorizeOptions(fetch_picture=shelf)
    )

    assert answers["category"].to_pylist() == ["Clothes > Trousers > Jeans", "Shoes > Boots"]
    assert answers["error"].to_pylist()[0] is None
    assert "not found" in answers["error"].to_pylist()[1]
