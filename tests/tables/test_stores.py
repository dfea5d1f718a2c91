"""Tables at addresses: those of files, which pyarrow reads as it does those of object stores."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prodcat.bulk import answer_file as output_module
from prodcat.bulk.answer_file import check_output
from prodcat.bulk.answering import CategorizeOptions
from prodcat.bulk.categorizing import categorize
from prodcat.corpus.store import Corpus
from prodcat.errors import InputError, TableError
from prodcat.importing import import_products
from prodcat.inference.predictor import Predictor
from prodcat.tables.stores import is_address, is_stored, upload
from prodcat.tables.table import open_table
from tests.model_files import build_model_dir


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def folder(tmp_path):
    """Two Parquet files, and one that is none."""
    folder = tmp_path / "shop"
    folder.mkdir()
    for name, ids in (("part-1", ["a", "b"]), ("part-2", ["c"]), ("other", ["d"])):
        table = pa.table({"id": ids, "name": ["bag"] * len(ids), "image": ["1.jpg"] * len(ids)})
        pq.write_table(table, folder / f"{name}.parquet")
    (folder / "_SUCCESS").touch()
    return folder


def ids(address):
    return [row.id for row in open_table(address).rows()]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", ["d", "a", "b", "c"]),
        ("/", ["d", "a", "b", "c"]),
        ("/part-1.parquet", ["a", "b"]),
        ("/part-*.parquet", ["a", "b", "c"]),
    ],
)
def test_a_file_a_folder_and_a_pattern_are_tables(folder, name, expected):
    address = folder.as_uri() + name

    assert ids(address) == expected
    assert open_table(address).count() == len(expected)


def test_paths_of_pictures_are_followed_only_below_a_folder_that_is_named(folder):
    address = (folder / "part-2.parquet").as_uri()

    (alone,) = open_table(address).rows()
    (named,) = open_table(address, image_root=folder).rows()

    assert alone.image is None
    assert alone.problems == ("picture is a path, and no image folder is named to read it from",)
    assert named.image == folder / "1.jpg"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("nowhere://shop/1.parquet", r"^nowhere://shop/1\.parquet cannot be reached: .*nowhere"),
        ("{folder}/none-*.parquet", r"none-\*\.parquet has no Parquet files"),
        ("{folder}/gone", r"^No file or folder at file://.*gone\.$"),
        ("{folder}/_SUCCESS", r"^file://.*_SUCCESS cannot be read: "),
    ],
)
def test_what_cannot_be_read_is_told(folder, address, told):
    with pytest.raises(InputError, match=told):
        open_table(address.format(folder=folder.as_uri()))


def test_a_drive_of_windows_is_no_address():
    assert not is_address("C://shop/new.parquet")


def test_a_table_in_a_store_is_not_imported(folder, tmp_path):
    with (
        Corpus.open(tmp_path / "shop.db", create=True) as corpus,
        pytest.raises(TableError, match="copy it to this machine"),
    ):
        import_products(folder.as_uri(), corpus)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    return Predictor.load(build_model_dir(tmp_path_factory.mktemp("model")), threads=1)


def test_answers_go_to_a_store_and_are_those_of_files(folder, tmp_path, predictor):
    options = CategorizeOptions(image_root=folder)
    categorize(folder, tmp_path / "here.parquet", predictor=predictor, options=options)

    address = (tmp_path / "there.parquet").as_uri()
    result = categorize(folder.as_uri(), address, predictor=predictor, options=options)

    here, there = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("here", "there"))
    assert there.equals(here)
    assert (result.output, result.counts.rows) == (address, 4)
    with pytest.raises(InputError, match="there already"):
        categorize(folder, address, predictor=predictor)


def test_a_changed_table_in_a_store_is_answered_anew(folder, tmp_path, predictor):
    def interrupt(done, total):
        raise KeyboardInterrupt

    def run(**more):
        output = tmp_path / "out.parquet"
        options = CategorizeOptions(part_rows=2)
        return categorize(folder.as_uri(), output, predictor=predictor, options=options, **more)

    with pytest.raises(KeyboardInterrupt):
        run(on_progress=interrupt)
    pq.write_table(pa.table({"id": ["z"], "name": ["bag"], "image": [""]}), folder / "new.parquet")

    assert "input" in run().restarted


def test_answers_that_cannot_be_sent_are_kept(folder, tmp_path, predictor, monkeypatch):
    def fail(file, address):
        raise InputError(f"{address} cannot be written: access denied.")

    monkeypatch.setattr(output_module, "upload", fail)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(InputError, match=r"access denied\. The answers are kept in "):
        categorize(folder, (tmp_path / "out.parquet").as_uri(), predictor=predictor)

    (kept,) = tmp_path.glob("prodcat/answers/*/answers.parquet")
    assert pq.read_table(kept).num_rows == 4


def test_an_interrupted_run_to_an_address_goes_on(folder, tmp_path, predictor, monkeypatch):
    def interrupt(done, total):
        raise KeyboardInterrupt

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    address = (tmp_path / "out.parquet").as_uri()
    options = CategorizeOptions(part_rows=1, batch_size=1)
    run = {"predictor": predictor, "options": options}
    with pytest.raises(KeyboardInterrupt):
        categorize(folder, address, on_progress=interrupt, **run)
    assert not (tmp_path / "out.parquet").exists()

    assert categorize(folder, address, **run).resumed_rows > 0
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 4
    assert list((tmp_path / "cache").rglob("*.parquet")) == []


def test_a_file_is_sent_whole(tmp_path):
    (tmp_path / "here").write_bytes(b"whole")
    address = (tmp_path / "there").as_uri()
    assert not is_stored(address)

    upload(tmp_path / "here", address)

    assert (tmp_path / "there").read_bytes() == b"whole"
    assert not list(tmp_path.glob("*.tmp"))
    assert is_stored(address)


def test_an_address_may_have_options_behind_its_name(tmp_path):
    with pytest.raises(InputError, match="not named so"):
        check_output("s3://shop/answers.txt?region=eu-west-1", overwrite=False)
    with pytest.raises(InputError, match="not named so"):
        check_output((tmp_path / "answers.txt").as_uri(), overwrite=False)
    check_output((tmp_path / "answers.parquet").as_uri(), overwrite=False)
