import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from crawler.__main__ import SIZES, main
from crawler.sources import SOURCES
from crawler.sources.shopstyle.products import SIZES as SHOPSTYLE_SIZES
from prodcat.corpus.store import Corpus
from tests.crawler.crawls import rows
from tests.shopstyle.faults import Faults
from tests.shopstyle_server import ShopstyleServer
from tests.toy import draw_corpus


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    sold = draw_corpus(tmp_path_factory.mktemp("sold"), products=24)
    with ShopstyleServer(sold) as server:
        yield server


@pytest.fixture(autouse=True)
def level():
    """Leave other tests the level that they log at; a quiet crawl sets it for its process."""
    before = logging.getLogger().level
    yield
    logging.getLogger().setLevel(before)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "crawled.db"


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def shopstyle(server, path, *more):
    options = ("--pid", "demo-key", "--api", server.url, "--allow-private", "--rate", "none")
    return run("shopstyle", path, *options, *more)


def test_a_crawl_shows_what_it_did_and_ends_with_0(shop, path):
    done = shopstyle(shop, path)
    assert (done.exit_code, "Complete." in done.output) == (0, True)
    assert "products in the corpus" in done.output


def test_quiet_says_nothing(shop, path):
    done = shopstyle(shop, path, "--quiet")
    assert (done.exit_code, done.output) == (0, "")


def test_a_dry_run_shows_what_would_be_fetched_and_writes_nothing(shop, path):
    done = shopstyle(shop, path, "--dry-run")
    assert done.exit_code == 0
    assert "women-dresses" in done.output
    assert not path.exists()


def test_a_dry_run_of_an_unfinished_crawl_shows_what_is_left_and_asks_nobody(shop, path):
    shopstyle(shop, path)
    with Corpus.open(path) as corpus, corpus.transaction():
        corpus.db.execute("update crawl_tasks set status = 'waiting' where kind = 'picture'")
    shop.requests.clear()
    done = shopstyle(shop, path, "--dry-run")
    assert (done.exit_code, "Would continue with" in done.output) == (0, True)
    assert len(shop.requests) == 0


def test_failed_tasks_end_with_3_and_status_tells_why(tmp_path, path):
    sold = draw_corpus(tmp_path / "sold", products=24)
    with ShopstyleServer(sold, faults=Faults(pinned={"image": "redirect_private"})) as server:
        done = shopstyle(server, path)
    assert done.exit_code == 3
    status = json.loads(run("status", path, "--json").output)
    assert status["failures"][0]["reason"] == "private-address"
    assert status["failures"][0]["sort"] == "picture"
    assert status["failed"] == sum(row["pictures_failed"] for row in status["hosts"])
    assert "private-address" in run("status", path).output


def test_status_counts_by_host_and_category(shop, path):
    shopstyle(shop, path)
    status = json.loads(run("status", path, "--json").output)
    assert [row["name"] for row in status["hosts"]] == [shop.origin.removeprefix("http://")]
    assert status["left"] == status["failed"] == 0
    bags = next(row for row in status["categories"] if row["name"] == "bags")
    assert (bags["pages_done"], bags["pictures_done"] > 0) == (1, True)
    assert status["runs"][0]["outcome"] == "complete"


def test_status_of_a_corpus_that_was_never_crawled_is_empty(tmp_path):
    done = run("status", draw_corpus(tmp_path, products=5), "--json")
    assert json.loads(done.output)["hosts"] == []


def test_an_error_is_one_line_and_ends_with_1(shop, path):
    options = ("--pid", "YOUR_API_KEY", "--api", shop.url, "--allow-private")
    done = run("shopstyle", path, *options)
    assert done.exit_code == 1
    assert done.output.startswith("Error: ShopStyle does not accept the partner id")
    assert "YOUR_API_KEY" not in done.output
    assert run("status", path.parent / "none.db").exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("shopstyle", "c.db"),
        ("shopstyle", "c.db", "--pid", "x", "--rate", "fast"),
        ("shopstyle", "c.db", "--pid", "x", "--per-category", "0"),
        ("unknown",),
    ],
)
def test_options_that_make_no_sense_end_with_2(arguments):
    assert run(*arguments).exit_code == 2


def test_the_key_can_come_from_the_environment(shop, path, monkeypatch):
    monkeypatch.setenv("PRODCAT_SHOPSTYLE_PID", "demo-key")
    done = run("shopstyle", path, "--api", shop.url, "--allow-private", "--quiet")
    assert done.exit_code == 0
    assert rows(path, "select count(*) > 0 from products") == [(1,)]


def test_private_addresses_are_refused_unless_allowed(shop, path):
    done = run("shopstyle", path, "--pid", "demo-key", "--api", shop.url)
    assert done.exit_code == 3
    assert "private-address" in run("status", path).output


@pytest.mark.slow
def test_events_are_lines_of_json(shop, path):
    command = [sys.executable, "-m", "crawler", "shopstyle", str(path), "--pid", "demo-key"]
    command += ["--api", shop.url, "--allow-private", "--log-json", "--rate", "none"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert events[-1]["event"] == "finished"
    assert events[-1]["ending"] == "complete"
    assert "demo-key" not in done.stderr + done.stdout


def test_every_source_has_a_command_with_help():
    for name in SOURCES:
        done = run(name, "--help")
        assert (done.exit_code, "--rate" in done.output) == (0, True)


def test_the_sizes_of_pictures_are_those_of_the_source():
    assert SIZES == SHOPSTYLE_SIZES


@pytest.mark.slow
def test_help_needs_nothing_that_is_optional():
    code = """
import sys
class Missing:
    def find_spec(self, name, *_):
        if name.split(".")[0] in ("requests", "urllib3", "protego", "selectolax"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from crawler.__main__ import main
main(sys.argv[1:])
"""
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", code]
    helped = subprocess.run([*command, "--help"], cwd=root, capture_output=True, text=True)
    assert (helped.returncode, "shopstyle" in helped.stdout) == (0, True)
    previewed = subprocess.run(
        [*command, "shopify", "c.db", "https://store.example", "--dry-run"],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert previewed.returncode == 1
    assert "pip install 'prodcat[crawl]'" in previewed.stderr


def test_commands_that_the_docs_show_exist():
    root = Path(__file__).resolve().parents[2]
    shown = 0
    for page in [root / "README.md", *(root / "docs").rglob("*.md")]:
        text = page.read_text("utf-8").replace("\\\n", " ")
        for name, arguments in re.findall(r"python -m crawler ([a-z]+)([^\n`]*)", text):
            assert name in main.commands, f"{page.name}: there is no command {name}"
            options = {
                flag
                for p in main.commands[name].params
                for f in (p.opts, p.secondary_opts)
                for flag in f
            }
            flags = set(re.findall(r"(?<= )--[a-z-]+", arguments))
            assert flags <= options, f"{page.name}: {name} has no {flags - options}"
            shown += 1
    assert shown > 5


def test_a_feed_without_products_ends_with_a_line_that_says_why(tmp_path):
    (tmp_path / "feed.csv").write_text("id,title\n" + ",Clogs\n" * 3)
    result = run("merchant", tmp_path / "c.db", tmp_path / "feed.csv", "--quiet")
    assert result.exit_code == 3
    assert result.stderr == ('No product was found: 3 left out as "no-id", such as entry 1.\n')
