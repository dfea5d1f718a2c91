import io
import json
import logging

import pytest
from rich.console import Console

from crawler.commands.display import Display, JsonLines, progress_line, set_up_logs, summary_table
from crawler.engine.progress import CrawlOutcome, CrawlSummary, Progress
from crawler.engine.writer import WriteCounts
from crawler.http.settings import FetchCounts
from prodcat.corpus.store import UpsertCounts

PROGRESS = Progress(
    seconds=20.0,
    pages_left=7,
    pictures_left=1200,
    fetched=FetchCounts(requests=400, bytes=2_000_000),
    written=WriteCounts(
        products=UpsertCounts(added=300, changed=2), pictures=290, pages=9, failures=3
    ),
    seconds_left=125.0,
)


@pytest.fixture
def logs():
    """Bring the logs back to where they were."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_tells_all_that_matters():
    line = progress_line(PROGRESS, rate=20.0)
    for words in ("9 pages (7 left)", "300 new", "2 changed", "290 pictures (1,200 left)"):
        assert words in line
    assert "20 requests/s" in line
    assert "3 errors" in line
    assert "about 2 min 5 s left" in line


def test_progress_is_logged_as_json_now_and_then(logs):
    out = io.StringIO()
    set_up_logs(quiet=False, as_json=True, stream=out)
    with Display(as_json=True) as display:
        display.update(PROGRESS)
        display._last -= 11.0
        display.update(PROGRESS)
    (event,) = map(json.loads, out.getvalue().splitlines())
    assert (event["event"], event["level"], event["pages_left"]) == ("progress", "info", 7)
    assert event["written"]["products"]["added"] == 300


def test_an_error_is_logged_with_its_trace_on_one_line():
    try:
        raise ValueError("bad")
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("crawler", logging.ERROR, "", 0, "no %s", ("page",), info)
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["event"] == "no page"
    assert "ValueError: bad" in json.loads(line)["trace"]


def test_quiet_logs_nothing_but_errors(logs):
    out = io.StringIO()
    set_up_logs(quiet=True, as_json=False, stream=out)
    logging.getLogger("crawler").warning("a warning")
    logging.getLogger("crawler").error("an error")
    assert out.getvalue() == "ERROR: an error\n"


def test_addresses_of_requests_are_never_logged(logs):
    out = io.StringIO()
    set_up_logs(quiet=False, as_json=True, stream=out)
    logging.getLogger("urllib3.connectionpool").debug("GET /?pid=KEY")
    assert out.getvalue() == ""


def test_a_summary_says_how_it_ended():
    summary = CrawlSummary(CrawlOutcome.INTERRUPTED, False, PROGRESS, failed=0, products=300)
    assert "continue" in str(summary_table(summary).title)
    assert json.loads(json.dumps(summary.to_dict()))["ending"] == "interrupted"


def test_numbers_of_a_summary_stand_to_the_right_below_a_whole_title():
    summary = CrawlSummary(CrawlOutcome.INTERRUPTED, False, PROGRESS, failed=0, products=300)
    screen = Console(file=io.StringIO(), width=100)
    screen.print(summary_table(summary))
    title, _, products, *_ = screen.file.getvalue().splitlines()
    assert title.rstrip() == "Interrupted. Run the same command again to continue."
    assert products.startswith("│ products in the corpus ")
    assert products.endswith(" 300 │")
    assert "2.0 │" in screen.file.getvalue()
    assert "20 s │" in screen.file.getvalue()


@pytest.mark.parametrize("as_json", [False, True])
def test_what_a_shop_says_is_logged_escaped(logs, as_json):
    out = io.StringIO()
    set_up_logs(quiet=False, as_json=as_json, stream=out)

    logging.getLogger("crawler").warning("no product at %s", "/p/\x1b[31m\x9b2J")

    line = out.getvalue().rstrip("\n")
    assert line.isprintable()
    assert (r"\u001b[31m\u009b2J" if as_json else r"\x1b[31m\x9b2J") in line
