import pytest

from prodcat.corpus.import_log import ImportLog, Note, read_reasons
from prodcat.corpus.store import Corpus, UpsertCounts


@pytest.fixture
def corpus(tmp_path):
    with Corpus.open(tmp_path / "corpus.db", create=True) as corpus:
        yield corpus


def begin(corpus, id, *, file="a.csv"):
    log = ImportLog(corpus, id, source="shop", file=file)
    with corpus.transaction():
        return log, log.begin()


def test_only_an_unfinished_import_of_the_same_content_is_resumed(corpus):
    log, _ = begin(corpus, "1")
    with corpus.transaction():
        log.advance(UpsertCounts(added=5), rows_done=5, dropped=0, pictures=0)
    assert begin(corpus, "1")[1] == 5
    with corpus.transaction():
        log.finish()
    assert begin(corpus, "1")[1] == 0


def test_counts_add_up_over_batches(corpus):
    log, _ = begin(corpus, "1")
    with corpus.transaction():
        log.advance(UpsertCounts(1, 2, 3), rows_done=10, dropped=4, pictures=5)
        log.advance(UpsertCounts(1, 0, 0), rows_done=12, dropped=1, pictures=1)
    summary = log.summarize(resumed_at=0)
    assert (summary.rows, summary.added, summary.changed) == (12, 2, 2)
    assert (summary.unchanged, summary.dropped, summary.pictures) == (3, 5, 6)


def test_reasons_are_counted_with_examples(corpus):
    log, _ = begin(corpus, "1")
    other, _ = begin(corpus, "2", file="b.csv")
    with corpus.transaction():
        log.add_notes(Note(row, "kept", "no id", "x" * 900, "shop:1") for row in range(1, 6))
        log.add_notes([Note(9, "dropped", "broken")])
        other.add_notes([Note(1, "kept", "no id")])
    dropped, kept = log.summarize(resumed_at=0).reasons
    assert (dropped.outcome, dropped.count, dropped.examples) == ("dropped", 1, ("row 9",))
    assert (kept.count, len(kept.examples)) == (5, 3)
    assert kept.examples[0] == f"row 1, shop:1: {'x' * 500}"
    assert [reason.count for reason in read_reasons(corpus)] == [1, 6]


def test_a_later_state_of_a_file_forgets_what_was_said_about_it(corpus):
    log, _ = begin(corpus, "1")
    other, _ = begin(corpus, "2", file="b.csv")
    with corpus.transaction():
        log.add_notes([Note(1, "kept", "no id")])
        other.add_notes([Note(1, "kept", "no category")])
    begin(corpus, "3")
    assert [reason.reason for reason in read_reasons(corpus)] == ["no category"]
