import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prodcat.bulk.answering import BATCH_BYTES, CategorizeOptions, batches
from prodcat.bulk.categorizing import categorize
from prodcat.bulk.outputs import parquet_file
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.errors import InputError, MissingDependencyError, TableError
from prodcat.tables.rows import TableRow
from tests.bulk.tables import answered, many, write_jsonl
from tests.model_files import encoded

REPOSITORY = Path(__file__).resolve().parents[2]


def test_every_row_is_answered_in_its_place(tmp_path, predictor):
    source = write_jsonl(
        tmp_path / "in.jsonl",
        [
            {"id": "a", "name": "boots"},
            {"id": 2, "description": "a bag"},
            {"name": "shoes"},
            {"id": "n", "name": "zzz"},
        ],
    )

    result = categorize(source, tmp_path / "out.parquet", predictor=predictor)

    rows = answered(tmp_path / "out.parquet")
    assert [row["id"] for row in rows] == ["a", "2", None, "n"]
    assert [row["category"] for row in rows] == ["Shoes > Boots", "Bags", "Shoes", None]
    assert [row["abstained"] for row in rows] == [False, False, False, True]
    assert [row["error"] for row in rows] == [None] * 4
    assert (result.counts.rows, result.counts.answered, result.counts.errors) == (4, 3, 0)


def test_columns_are_those_of_the_prediction(tmp_path, predictor):
    source = write_jsonl(tmp_path / "in.jsonl", [{"id": "s", "name": "shoes"}])
    expected = predictor.predict("shoes")

    categorize(source, tmp_path / "out.parquet", predictor=predictor)

    (row,) = answered(tmp_path / "out.parquet")
    assert list(row) == [
        *("id", "name"),
        *("category", "probability", "abstained", "reason", "leaf", "leaf_probability"),
        *("alternatives", "error"),
    ]
    assert row["probability"] == expected.probability
    assert row["leaf"] == "Shoes > Boots"
    assert row["leaf_probability"] == expected.alternatives[0].probability
    assert row["alternatives"] == [
        {"path": " > ".join(a.path), "probability": a.probability} for a in expected.alternatives
    ]


def test_parquet_with_pictures(tmp_path, predictor):
    table = pa.table(
        {
            "id": [1, 2, 3],
            "title": ["shoes", "shoes", None],
            "image": [encoded("#00ff00"), None, encoded("#0000ff")],
        }
    )
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=2)

    categorize(tmp_path / "in.parquet", tmp_path / "out.parquet", predictor=predictor)

    found = [(row["id"], row["category"]) for row in answered(tmp_path / "out.parquet")]
    assert found == [(1, "Shoes > Sandals"), (2, "Shoes"), (3, "Clothes > Trousers > Jeans")]


def test_csv_with_paths_of_pictures_and_columns_of_other_names(tmp_path, predictor):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "red.jpg").write_bytes(encoded("#ff0000"))
    (tmp_path / "in.csv").write_text("nr,what,photo\n7,shoes,red.jpg\n8,bag,\n")
    options = CategorizeOptions(
        columns={"id": "nr", "name": "what", "image": "photo"}, image_root=tmp_path / "pictures"
    )

    categorize(tmp_path / "in.csv", tmp_path / "o.parquet", predictor=predictor, options=options)

    found = [(row["nr"], row["category"]) for row in answered(tmp_path / "o.parquet")]
    assert found == [("7", "Shoes > Boots"), ("8", "Bags")]


def write_corpus(path, names):
    with Corpus.open(path, create=True) as corpus:
        corpus.upsert_products(
            NewProduct(source="shop", source_id=str(i), name=name, description="")
            for i, name in enumerate(names)
        )
    return path


def test_a_corpus_is_a_table_too(tmp_path, predictor):
    corpus = write_corpus(tmp_path / "in.db", ["bag", "boots"])

    categorize(corpus, tmp_path / "out.parquet", predictor=predictor)

    found = [(row["id"], row["category"]) for row in answered(tmp_path / "out.parquet")]
    assert found == [("shop:0", "Bags"), ("shop:1", "Shoes > Boots")]


def test_a_broken_row_is_one_row_with_its_error(tmp_path, predictor):
    (tmp_path / "secret.jpg").write_bytes(encoded("#0000ff"))
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "half.jpg").write_bytes(encoded("#0000ff")[:100])
    good = json.dumps({"id": "x", "name": "bag"})
    broken = [
        '{"id": "half',
        json.dumps({"id": "picture", "name": "boots", "image": "half.jpg"}),
        json.dumps({"id": "lost", "image": "nowhere.jpg"}),
        json.dumps({"id": "outside", "name": "boots", "image": "../secret.jpg"}),
        json.dumps({"id": "empty"}),
    ]
    source = folder / "in.jsonl"
    source.write_text("\n".join([good, *broken, good]))

    result = categorize(source, tmp_path / "out.parquet", predictor=predictor)

    first, half, picture, lost, outside, empty, last = answered(tmp_path / "out.parquet")
    assert first == last
    assert (first["id"], first["category"], first["error"]) == ("x", "Bags", None)
    assert "JSON" in half["error"]
    assert (picture["category"], "half.jpg" in picture["error"]) == ("Shoes > Boots", True)
    assert (outside["category"], "outside" in outside["error"]) == ("Shoes > Boots", True)
    assert "nowhere.jpg" in lost["error"]
    assert "at least one of" in empty["error"]
    for row in (half, lost, empty):
        assert row["abstained"]
        assert (row["category"], row["probability"], row["leaf"]) == (None, None, None)
        assert row["alternatives"] == []
    assert (result.counts.rows, result.counts.answered, result.counts.errors) == (7, 4, 5)


def test_a_higher_accuracy_answers_less(tmp_path, predictor):
    source = write_jsonl(tmp_path / "in.jsonl", [{"name": "shoes jeans"}])

    for accuracy, category in [(0.95, "Clothes > Trousers > Jeans"), (0.98, None)]:
        categorize(
            source,
            tmp_path / f"{accuracy}.parquet",
            predictor=predictor,
            options=CategorizeOptions(accuracy=accuracy),
        )
        assert answered(tmp_path / f"{accuracy}.parquet")[0]["category"] == category


def test_parts_are_joined_without_a_seam(tmp_path, predictor, monkeypatch):
    source = write_jsonl(tmp_path / "in.jsonl", many(50))
    categorize(source, tmp_path / "whole.parquet", predictor=predictor)
    monkeypatch.setattr(parquet_file, "GROUP_ROWS", 20)
    options = CategorizeOptions(part_rows=6, batch_size=3)

    categorize(source, tmp_path / "parts.parquet", predictor=predictor, options=options)

    assert answered(tmp_path / "parts.parquet") == answered(tmp_path / "whole.parquet")
    assert pq.ParquetFile(tmp_path / "parts.parquet").num_row_groups == 3
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        *("in.jsonl", "parts.parquet", "whole.parquet")
    ]


def test_a_table_without_rows_gives_none(tmp_path, predictor):
    (tmp_path / "in.csv").write_text("id,name\n")

    result = categorize(tmp_path / "in.csv", tmp_path / "out.parquet", predictor=predictor)

    assert answered(tmp_path / "out.parquet") == []
    assert result.counts.rows == 0


def test_progress_is_told_to_the_end(tmp_path, predictor):
    (tmp_path / "in.csv").write_text("id,name\n" + "1,Shoes\n" * 10)
    told = []

    categorize(
        tmp_path / "in.csv",
        tmp_path / "out.parquet",
        predictor=predictor,
        options=CategorizeOptions(batch_size=4),
        on_progress=lambda done, total: told.append((done, total)),
    )

    assert told == [(4, None), (8, None), (10, None), (10, 10)]


@pytest.mark.parametrize("name", ["out.txt", "out", "folder.parquet"])
def test_an_output_of_no_kind_is_refused(tmp_path, predictor, name):
    (tmp_path / "folder.parquet").mkdir()
    source = write_jsonl(tmp_path / "in.jsonl", many(3))

    with pytest.raises(InputError):
        categorize(source, tmp_path / name, predictor=predictor)


def test_a_folder_that_cannot_be_written_to_is_told_in_one_line(tmp_path, predictor):
    source = write_jsonl(tmp_path / "in.jsonl", many(3))
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(InputError, match=r"out\.parquet cannot be written: Not a directory"):
        categorize(source, tmp_path / "file" / "out.parquet", predictor=predictor)


def test_a_new_folder_is_made_for_the_output(tmp_path, predictor):
    source = write_jsonl(tmp_path / "in.jsonl", many(3))

    categorize(source, tmp_path / "new" / "out.parquet", predictor=predictor)

    assert len(answered(tmp_path / "new" / "out.parquet")) == 3


def test_the_table_is_never_its_own_output(tmp_path, predictor):
    pq.write_table(pa.table({"name": ["bag"]}), tmp_path / "in.parquet")
    options = CategorizeOptions(overwrite=True)

    with pytest.raises(InputError, match="table to read"):
        categorize(
            tmp_path / "in.parquet", tmp_path / "in.parquet", predictor=predictor, options=options
        )


def test_a_part_of_the_table_is_not_the_output(tmp_path, predictor):
    for name in "ab":
        pq.write_table(pa.table({"name": ["bag"]}), tmp_path / f"{name}.parquet")

    with pytest.raises(InputError, match="table to read"):
        categorize(
            tmp_path,
            tmp_path / "b.parquet",
            predictor=predictor,
            options=CategorizeOptions(overwrite=True),
        )


def test_a_batch_of_large_pictures_has_fewer_of_them():
    small, large = TableRow(1, image=b"x"), TableRow(2, image=bytes(BATCH_BYTES // 2))
    cut = batches([small, large, large, small, small], CategorizeOptions(batch_size=4))

    assert [len(batch) for batch in cut] == [3, 2]


@pytest.mark.parametrize("options", [{"accuracy": 0.5}, {"accuracy": 0.95, "threshold": 0.5}])
def test_wrong_options_leave_nothing_behind(tmp_path, predictor, options):
    source = write_jsonl(tmp_path / "in.jsonl", many(3))

    with pytest.raises(InputError):
        categorize(
            source,
            tmp_path / "out.parquet",
            predictor=predictor,
            options=CategorizeOptions(**options),
        )

    assert [file.name for file in tmp_path.iterdir()] == ["in.jsonl"]


@pytest.mark.parametrize("sizes", [{"batch_size": 0}, {"part_rows": 0}, {"workers": 0}])
def test_sizes_are_at_least_one(sizes):
    with pytest.raises(InputError, match="1 or more"):
        CategorizeOptions(**sizes)


def test_a_table_that_is_not_there_is_told(tmp_path, predictor):
    with pytest.raises(TableError, match=r"nothing\.csv"):
        categorize(tmp_path / "nothing.csv", tmp_path / "out.parquet", predictor=predictor)


def test_without_pyarrow_it_says_at_once_what_to_install(tmp_path, predictor, monkeypatch):
    source = write_jsonl(tmp_path / "in.jsonl", many(3))
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(MissingDependencyError, match=r"prodcat\[bulk\]"):
        categorize(source, tmp_path / "out.parquet", predictor=predictor)
