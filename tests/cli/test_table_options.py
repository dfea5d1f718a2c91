"""What commands are told of a file, and what they tell of it."""

import json

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from prodcat.cli.commands import main
from tests.cli.test_commands import run
from tests.model_files import build_model_dir

SHOP = "id~title,short\n1~Größe\n2~Shoes\n".encode("cp1252")


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("model"))


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.csv"
    path.write_bytes(SHOP)
    return path


OPTIONS = ("--delimiter", "~", "--encoding", "latin-1", "--column", "name=title,short")
TOLD = "delimiter ~ · encoding Windows-1252"


def test_import_takes_and_tells_how_a_file_is_read(tmp_path, shop):
    assert TOLD in run("import", shop, tmp_path / "a.db", *OPTIONS).output
    told = run("import", shop, tmp_path / "b.db", *OPTIONS, "--json").stdout
    assert json.loads(told)["notes"] == TOLD.split(" · ")


def test_categorize_takes_and_tells_how_a_file_is_read(tmp_path, shop, model_dir):
    output = tmp_path / "answers.parquet"
    assert TOLD in run("categorize", shop, "-o", output, "--model", model_dir, *OPTIONS).output
    assert pq.read_table(output)["id"].to_pylist() == ["1", "2"]


def test_evaluate_takes_and_tells_how_a_file_is_read(tmp_path, model_dir):
    path = tmp_path / "shop.csv"
    path.write_bytes("id~name~category\n1~Größe Schuhe~Shoes\n2~Boots~Shoes\n".encode("cp1252"))
    output = run("evaluate", path, "--model", model_dir, *OPTIONS[:4]).output
    assert TOLD in output


def test_categorize_reads_standard_input_and_goes_on_with_it(tmp_path, model_dir):
    output = tmp_path / "answers.parquet"
    words = ["categorize", "-", "-o", str(output), "--model", str(model_dir), "--overwrite"]
    for _ in range(2):
        result = CliRunner().invoke(main, words, input="id;name\n1;Shoes\n2;Boots\n")
        assert result.exit_code == 0, result.output
        assert "delimiter ;" in result.output
        assert pq.read_table(output)["id"].to_pylist() == ["1", "2"]


def test_a_sheet_is_named(tmp_path):
    from tests.tables.test_workbooks import write_workbook

    sheets = {"May": [["id", "name"], [1, "Hat"]], "June\x85": [["id", "name"], [2, "Cap"]]}
    path = write_workbook(tmp_path / "a.xlsx", **sheets)
    output = run("import", path, tmp_path / "a.db", "--sheet", "May").output
    assert "sheet May" in output


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--delimiter", "ab", "A delimiter is one character"),
        ("--encoding", "klingon", "no encoding 'klingon'"),
        ("--sheet", "Nope", "shop.csv has no sheets; leave out --sheet"),
    ],
)
def test_what_cannot_be_said_of_a_file_is_told_in_a_line(tmp_path, shop, option, value, message):
    result = run("import", shop, tmp_path / "a.db", option, value, status=1)
    assert message in result.output
    assert "Traceback" not in result.output


def test_a_feed_is_sent_to_the_crawler(tmp_path):
    path = tmp_path / "feed.xml"
    path.write_text("<?xml version='1.0'?><rss><channel></channel></rss>")
    output = run("import", path, tmp_path / "a.db", status=1).output
    assert "python -m crawler merchant CORPUS" in output.replace("\n", "")
