from crawler.commands.options import CrawlOptions
from crawler.commands.status import read_status
from crawler.engine.runs import mark_of, note_begin, note_killed, running_noted
from crawler.http.limits import Rate
from prodcat.corpus.store import Corpus
from tests.crawler.crawls import rows

OUTCOMES = "select outcome from crawl_runs order by id"


def shown(corpus):
    return [run.outcome for run in reversed(read_status(corpus).runs)]


def test_a_run_that_was_killed_is_told_from_one_that_goes_on(path):
    with Corpus.open(path, create=True) as corpus:
        with corpus.transaction():
            killed, running = (note_begin(corpus, "shop", "") for _ in range(2))
        # What a process leaves that is killed: the file, which nobody holds.
        mark_of(corpus, killed).touch()
        with running_noted(corpus, running):
            assert shown(corpus) == ["killed", "running"]
            with corpus.transaction():
                note_killed(corpus)
            assert rows(path, OUTCOMES) == [("killed",), ("running",)]
        assert list(path.parent.glob(".*run*")) == []
        assert shown(corpus) == ["killed", "killed"]


def test_the_pictures_of_a_feed_from_a_file_have_a_rate_of_their_own(path):
    options = {"timeout_s": 1.0, "total_timeout_s": 1.0, "max_mb": 1.0, "allow_addresses": ()}
    flags = ("allow_private", "pictures", "again", "refetch", "dry_run", "quiet", "log_json")
    chosen = CrawlOptions(
        corpus=path, rate=Rate(1, 60.0), picture_rate=Rate(20, 1.0), workers=1, per_host=1,
        contact="", **options, **dict.fromkeys(flags, False),
    )  # fmt: skip
    assert chosen.settings(host="").fetch.rate == Rate(20, 1.0)
    shop = chosen.settings(host="shop.example").fetch
    assert (shop.rate, shop.rates) == (Rate(20, 1.0), {"shop.example": Rate(1, 60.0)})
