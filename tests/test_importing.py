import json

import pytest

from prodcat import importing
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError, InputError, TableError
from prodcat.importing import import_products
from tests.toy import LEAVES, draw_corpus, draw_picture, draw_products, write_products


@pytest.fixture
def corpus(tmp_path):
    with Corpus.open(tmp_path / "corpus.db", create=True) as corpus:
        yield corpus


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(importing, "BATCH_ROWS", 10)


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def contents(corpus):
    tables = ("products", "categories", "product_categories", "rejections")
    rows = {name: sorted(corpus.db[name].rows, key=str) for name in tables}
    for name in ("products", "rejections"):
        for row in rows[name]:
            row.pop("updated_at", None)
            row.pop("import_id", None)
    return rows


def reasons(summary):
    return {(reason.outcome, reason.reason): reason.count for reason in summary.reasons}


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_an_imported_table_equals_the_drawn_corpus(tmp_path, corpus, format):
    table = write_products(tmp_path / "table", format, products=60)
    summary = import_products(table, corpus, source_name="toy")
    expected = draw_products(60)
    assert (summary.rows, summary.added, summary.dropped) == (60, 60, 0)
    assert summary.pictures == sum(p.image is not None for p in expected)
    with Corpus.open(draw_corpus(tmp_path / "drawn", products=60)) as drawn:
        assert corpus.fingerprint() == drawn.fingerprint()
    for row in corpus.rows():
        if row.image_sha256:
            product = expected[int(row.id.removeprefix("toy:")) - 1000]
            assert corpus.images.read(row.image_sha256) == product.image


def test_a_kaggle_folder_comes_in_whole(tmp_path, corpus):
    folder = write_products(tmp_path / "kaggle", "kaggle", products=60)
    (folder / "images" / "1002.jpg").unlink()
    (folder / "images" / "1010.jpg").write_bytes(b"")
    summary = import_products(folder, corpus)
    without = sum(product.image is None for product in draw_products(60))
    assert (summary.source, summary.added, summary.pictures) == ("kaggle", 60, 58 - without)
    assert reasons(summary) == {
        ("kept", "no picture file"): without + 1,
        ("kept", "unreadable picture"): 1,
    }


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet", "kaggle"])
def test_importing_twice_changes_nothing(tmp_path, corpus, format):
    table = write_products(tmp_path / "table", format, products=60)
    first = import_products(table, corpus)
    before, fingerprint = contents(corpus), corpus.fingerprint()
    second = import_products(table, corpus)
    assert (contents(corpus), corpus.fingerprint()) == (before, fingerprint)
    assert second.is_unchanged
    assert not first.is_unchanged
    assert (second.unchanged, second.dropped, second.reasons) == (
        first.added,
        first.dropped,
        first.reasons,
    )


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet", "kaggle"])
def test_an_interrupted_import_goes_on_where_it_was(tmp_path, corpus, small_batches, format):
    def stop(done, total):
        if done == 30:
            raise KeyboardInterrupt

    table = write_products(tmp_path / "table", format, products=60)
    with Corpus.open(tmp_path / "whole.db", create=True) as whole:
        expected_summary = import_products(table, whole)
        expected = contents(whole)
    with pytest.raises(KeyboardInterrupt):
        import_products(table, corpus, on_progress=stop)
    steps = []
    summary = import_products(table, corpus, on_progress=lambda done, total: steps.append(done))
    assert steps == [40, 50, 60]
    assert summary.resumed_at == 30
    assert contents(corpus) == expected
    assert summary.to_dict() == {**expected_summary.to_dict(), "resumed_at": 30}


def test_an_interruption_within_a_batch_loses_that_batch_alone(
    tmp_path, corpus, small_batches, monkeypatch
):
    table = write_products(tmp_path, "csv", products=40)
    link = Corpus.link_categories

    def fail_once(self, *args, **options):
        monkeypatch.setattr(Corpus, "link_categories", link)
        raise KeyboardInterrupt

    def arm(done, total):
        if done == 20:
            monkeypatch.setattr(Corpus, "link_categories", fail_once)

    with pytest.raises(KeyboardInterrupt):
        import_products(table, corpus, on_progress=arm)
    assert corpus.count() == 20
    assert import_products(table, corpus).resumed_at == 20
    assert corpus.count() == 40


def test_a_changed_file_is_read_from_its_beginning(tmp_path, corpus, small_batches):
    def stop(done, total):
        raise KeyboardInterrupt

    path = write(tmp_path / "a.jsonl", *({"id": n, "name": f"a{n}"} for n in range(20)))
    with pytest.raises(KeyboardInterrupt):
        import_products(path, corpus, on_progress=stop)
    write(path, *({"id": n, "name": f"b{n}"} for n in range(20)))
    summary = import_products(path, corpus)
    assert (summary.resumed_at, summary.changed, summary.added) == (0, 10, 10)
    assert all(row.name.startswith("b") for row in corpus.rows())
    assert len(list(corpus.db["imports"].rows)) == 1
    assert corpus.db["import_rows"].count == 0


def test_what_is_dropped_is_told(tmp_path, corpus):
    path = tmp_path / "a.jsonl"
    write(
        path,
        {"id": 1, "name": "Boots", "category": "Shoes"},
        {"id": 1, "name": "Clogs", "category": "Shoes"},
        {"id": 2, "name": " <br> ", "category": "Shoes"},
    )
    path.write_text(path.read_text() + "{broken\n")
    summary = import_products(path, corpus)
    assert (summary.rows, summary.added, summary.dropped) == (4, 1, 3)
    assert reasons(summary) == {
        ("dropped", "repeated id"): 1,
        ("dropped", "no name, description or picture"): 1,
        ("dropped", "unreadable row"): 1,
    }
    examples = {reason.reason: reason.examples for reason in summary.reasons}
    assert examples["repeated id"] == ("row 2, a:1: row 1 has it already",)
    assert examples["no name, description or picture"] == ("row 3, a:2",)
    assert examples["unreadable row"][0].startswith("row 4: no readable JSON")
    assert [row.name for row in corpus.rows()] == ["Boots"]
    assert corpus.db["rejections"].count == 3


def test_an_id_that_an_earlier_batch_had_is_repeated_even_after_an_interruption(
    tmp_path, corpus, small_batches
):
    def stop(done, total):
        raise KeyboardInterrupt

    path = write(tmp_path / "a.jsonl", *({"id": n % 15, "name": f"{n}"} for n in range(20)))
    with pytest.raises(KeyboardInterrupt):
        import_products(path, corpus, on_progress=stop)
    summary = import_products(path, corpus)
    assert (summary.added, summary.dropped) == (15, 5)
    assert {row.name for row in corpus.rows()} == {str(n) for n in range(15)}


def test_a_product_that_lacks_something_is_kept_and_told(tmp_path, corpus):
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    path = write(
        tmp_path / "a.jsonl",
        {"id": 1, "name": "a", "category": "X", "image": "bad.jpg"},
        {"id": 2, "name": "b", "category": "X", "image": "none.jpg"},
        {"id": 3, "name": "c", "category": "X", "image": "../secret.jpg"},
        {"id": 4, "name": "d"},
        {"name": "e", "category": "X"},
        {"id": 6, "name": {"en": "f"}, "description": "f", "category": {"en": "X"}},
    )
    summary = import_products(path, corpus)
    assert (summary.added, summary.dropped, summary.pictures) == (6, 0, 0)
    assert reasons(summary) == {
        ("kept", "unreadable picture"): 1,
        ("kept", "no picture file"): 1,
        ("kept", "picture lies outside the image folder"): 1,
        ("kept", "no category"): 2,
        ("kept", "no id"): 1,
        ("kept", "name is no text"): 1,
        ("kept", "category is no text"): 1,
    }
    status = {row["source_id"]: row["image_status"] for row in corpus.db["products"].rows}
    assert (status["1"], status["2"], status["4"]) == ("unreadable", "missing", "")


def test_a_product_with_a_broken_picture_and_nothing_else_is_dropped(tmp_path, corpus):
    (tmp_path / "bad.jpg").write_bytes(draw_picture(LEAVES[0], 1)[:300])
    summary = import_products(write(tmp_path / "a.jsonl", {"image": "bad.jpg"}), corpus)
    assert corpus.count() == 0
    assert reasons(summary) == {
        ("dropped", "no name, description or picture"): 1,
        ("kept", "unreadable picture"): 1,
    }


def test_products_without_ids_get_stable_ones(tmp_path, corpus):
    rows = [{"name": "a"}, {"name": "b"}, {"name": "a"}]
    first = import_products(write(tmp_path / "a.jsonl", *rows), corpus)
    assert (first.added, reasons(first)) == (2, {("dropped", "repeated id"): 1})
    second = import_products(write(tmp_path / "a.jsonl", *reversed(rows)), corpus)
    assert (second.added, second.unchanged) == (0, 2)


def test_texts_are_cleaned(tmp_path, corpus):
    row = {"id": 1, "name": "<b>Caf\u0065\u0301</b>\u200b", "description": "a<br>b &amp; c"}
    import_products(write(tmp_path / "a.jsonl", row), corpus)
    (product,) = corpus.rows()
    assert (product.name, product.description) == ("Café", "a b & c")


def test_split_group_and_what_else_the_table_has_is_kept(tmp_path, corpus):
    row = {"id": 1, "name": "a", "split": "val", "group": 7, "brand": "Acme", "price": "9.5"}
    import_products(write(tmp_path / "a.jsonl", row), corpus)
    stored = corpus.db["products"].get("a:1")
    assert {k: stored[k] for k in ("split", "group_id", "brand", "price")} == {
        "split": "val",
        "group_id": "7",
        "brand": "Acme",
        "price": 9.5,
    }


def test_a_table_without_a_column_leaves_it_as_it_is(tmp_path, corpus):
    import_products(write(tmp_path / "a.jsonl", {"id": 1, "name": "a", "category": "X"}), corpus)
    import_products(write(tmp_path / "a.jsonl", {"id": 1, "name": "b"}), corpus)
    (product,) = corpus.rows()
    assert (product.name, product.category_id) == ("b", "X")


def test_labels_may_be_inner_nodes_and_names_may_repeat(tmp_path, corpus):
    paths = ["Women > Shoes > Boots", "Men > Shoes > Boots", "Women > Shoes"]
    rows = [{"id": n, "name": "a", "category": path} for n, path in enumerate(paths)]
    import_products(write(tmp_path / "a.jsonl", *rows), corpus)
    tree = corpus.taxonomy()
    assert [tree.kind(row.category_id) for row in corpus.rows()] == ["leaf", "leaf", "internal"]
    assert len(tree.leaf_ids) == 2


def test_a_new_label_replaces_the_old_one(tmp_path, corpus):
    for label in ("X", "Y"):
        row = {"id": 1, "name": "a", "category": label}
        import_products(write(tmp_path / "a.jsonl", row), corpus)
    links = [row["category_id"] for row in corpus.db["product_categories"].rows]
    assert links == ["Y"]


def test_a_picture_that_became_readable_is_taken(tmp_path, corpus):
    path = write(tmp_path / "a.jsonl", {"id": 1, "name": "a", "image": "a.jpg"})
    assert import_products(path, corpus).pictures == 0
    (tmp_path / "a.jpg").write_bytes(draw_picture(LEAVES[0], 1))
    summary = import_products(path, corpus)
    assert (summary.changed, summary.pictures, summary.reasons) == (1, 1, ())


def test_a_corpus_is_no_table_to_import(tmp_path, corpus):
    with pytest.raises(TableError, match="is a corpus already"):
        import_products(draw_corpus(tmp_path / "toy", products=5), corpus)


@pytest.mark.parametrize("name", ["", " ", "a:b"])
def test_a_source_name_must_fit_into_ids(tmp_path, corpus, name):
    with pytest.raises(InputError, match="without colons"):
        import_products(write(tmp_path / "a.jsonl", {"name": "a"}), corpus, source_name=name)


def test_a_corpus_open_for_reading_is_told(tmp_path, corpus):
    path = write(tmp_path / "a.jsonl", {"name": "a"})
    with (
        Corpus.open(tmp_path / "corpus.db", read_only=True) as reader,
        pytest.raises(CorpusError, match="for reading only"),
    ):
        import_products(path, reader)
