import json
import sys

import pyarrow.parquet as pq
import pytest

from crawler.__main__ import main as crawler_main
from crawler.commands import pictures
from tests.cli.running import run
from tests.crawler.crawls import QUICK
from tests.crawler.pictures.tables import hang, pictures_asked, write_table
from tests.crawler.site import Site, reply
from tests.model_files import build_model_dir, encoded


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("model"))


@pytest.fixture
def site():
    with Site() as opened:
        yield opened


@pytest.fixture
def table(site, tmp_path):
    """An export of which one picture is there, and one is not."""
    hang(site, "a.jpg")
    addresses = {"1": f"{site.url}/a.jpg", "2": f"{site.url}/none.jpg", "3": ""}
    return write_table(tmp_path / "export.csv", addresses)


def test_without_the_option_the_addresses_are_kept_and_the_option_is_named(site, table, tmp_path):
    done = run("import", table, tmp_path / "shop.db")
    assert "2 products have the web address of a picture" in done.stderr
    assert "--fetch-pictures" in done.stderr
    assert site.paths == []
    assert "picture is to be fetched" in run("corpus", tmp_path / "shop.db").output


def test_the_same_command_with_the_option_fetches_them_later(site, table, tmp_path):
    run("import", table, tmp_path / "shop.db")

    done = run(
        *("import", table, tmp_path / "shop.db", "--fetch-pictures", "--allow-private"),
        *("--rate", "none", "--json"),
    )

    data = json.loads(done.stdout)
    assert (data["changed"], data["unchanged"]) == (0, 3)
    counts = {o["outcome"]: o["count"] for o in data["pictures_fetched"]["outcomes"]}
    assert counts == {"stored": 1, "not found": 1}
    assert (data["pictures_fetched"]["fetched"], data["pictures_waiting"]) == (1, 0)
    assert sorted(pictures_asked(site)) == ["/a.jpg", "/none.jpg"]


def test_what_became_of_the_addresses_is_shown(table, tmp_path):
    done = run("import", table, tmp_path / "shop.db", "--fetch-pictures", "--allow-private")
    assert "pictures of export: complete" in done.stdout
    assert "not found" in done.stdout
    assert "/none.jpg" in done.stdout


def test_by_default_this_machine_is_not_asked(site, table, tmp_path):
    done = run("import", table, tmp_path / "shop.db", "--fetch-pictures")
    assert "private address, not asked" in done.stdout
    assert site.paths == []


def test_what_may_go_well_another_time_ends_with_3(site, tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "picture_settings", lambda *_, **__: QUICK)
    site.answers["/a.jpg"] = reply(b"", 500)
    table = write_table(tmp_path / "export.csv", {"1": f"{site.url}/a.jpg"})
    words = ("import", table, tmp_path / "shop.db", "--fetch-pictures", "--allow-private")
    done = run(*words, status=3)
    assert "the same command asks for them again" in done.stdout


@pytest.mark.parametrize(
    "option",
    [
        *(("--rate", "5/s"), ("--contact", "me@shop.example")),
        *(("--allow-private",), ("--allow-address", "169.254.169.254")),
    ],
)
def test_an_option_of_fetching_alone_is_refused(table, tmp_path, option):
    done = run("import", table, tmp_path / "shop.db", *option, status=2)
    assert f"{option[0]} says how pictures are fetched; add --fetch-pictures." in done.stderr


def test_a_rate_that_is_none_is_refused(table, tmp_path):
    words = ("import", table, tmp_path / "shop.db", "--fetch-pictures", "--rate", "fast")
    assert "is no rate" in run(*words, status=2).stderr


def test_a_crawler_that_is_not_installed_is_told_before_anything_is_read(
    table, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "protego", None)
    done = run("import", table, tmp_path / "shop.db", "--fetch-pictures", status=1)
    assert "pip install 'prodcat[crawl]'" in done.stderr
    assert not (tmp_path / "shop.db").exists()


def test_categorize_without_the_option_names_it(site, table, tmp_path, model_dir):
    done = run("categorize", table, "-o", tmp_path / "out.parquet", "--model", model_dir)
    assert "--fetch-pictures" in done.stderr
    assert site.paths == []


def test_categorize_answers_with_the_pictures(site, tmp_path, model_dir):
    for name, colour in (("green", "#00ff00"), ("blue", "#0000ff")):
        site.answers[f"/{name}.png"] = reply(encoded(colour), Content_Type="image/png")
    names = {"1": "green.png", "2": "blue.png", "3": "none.png", "4": "blue.png"}
    table = tmp_path / "new.csv"
    lines = [f"{sku},,{site.url}/{name}" for sku, name in names.items()]
    table.write_text("\n".join(["sku,title,Image Src", *lines]), encoding="utf-8")
    words = ("--model", model_dir, "--fetch-pictures", "--allow-private", "--rate", "none")
    words = (*words, "--picture-cache", tmp_path / "kept")

    done = run("categorize", table, "-o", tmp_path / "out.parquet", *words)

    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    jeans = "Clothes > Trousers > Jeans"
    assert [row["category"] for row in rows] == ["Shoes > Sandals", jeans, None, jeans]
    assert "picture could not be fetched: not found" in rows[2]["error"]
    assert "not found" in done.stdout
    assert sorted(pictures_asked(site)) == ["/blue.png", "/green.png", "/none.png"]

    site.requests.clear()
    run("categorize", table, "-o", tmp_path / "again.parquet", *words)
    assert pictures_asked(site) == ["/none.png"]
    assert pq.read_table(tmp_path / "again.parquet").to_pylist() == rows


def test_pictures_are_not_fetched_on_a_cluster(table, tmp_path, model_dir):
    pytest.importorskip("ray")
    words = ("categorize", table, "-o", tmp_path / "out.parquet", "--model", model_dir)
    done = run(*words, "--fetch-pictures", "--engine", "ray", status=1)
    assert "Pictures are fetched on this machine" in done.stderr


def test_the_crawler_fetches_them_too(table, tmp_path):
    run("import", table, tmp_path / "shop.db")
    words = ("pictures", tmp_path / "shop.db", "--allow-private", "--rate", "none")
    done = run(*words, "--json", command=crawler_main)
    (fetched,) = json.loads(done.stdout)["pictures"]
    assert [fetched[key] for key in ("source", "fetched", "outcome")] == ["export", 1, "complete"]


def test_a_source_without_addresses_is_told(table, tmp_path):
    run("import", table, tmp_path / "shop.db")
    words = ("pictures", tmp_path / "shop.db", "--source", "north")
    done = run(*words, command=crawler_main, status=1)
    assert "Sources that have: export." in done.stderr


@pytest.mark.parametrize("command", ["import", "pictures"])
def test_an_address_that_no_shop_has_is_allowed_by_name(table, tmp_path, monkeypatch, command):
    asked = []

    def settings(*_, **how):
        asked.append((how["allow_private"], frozenset(how["allow_addresses"])))
        return QUICK

    monkeypatch.setattr(pictures, "picture_settings", settings)
    words = ["--allow-private", "--allow-address", "FD00:EC2:0::254"]
    if command == "import":
        run("import", table, tmp_path / "shop.db", "--fetch-pictures", *words)
    else:
        run("import", table, tmp_path / "shop.db")
        run("pictures", tmp_path / "shop.db", *words, command=crawler_main)
    assert set(asked) == {(True, frozenset({"fd00:ec2::254"}))}


def test_what_is_no_address_cannot_be_allowed(table, tmp_path):
    words = ("import", table, tmp_path / "shop.db", "--fetch-pictures", "--allow-address", "shop")
    assert "is no numeric address" in run(*words, status=2).stderr
