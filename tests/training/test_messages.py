"""Who started a training hears how far it is, and nobody hears anything twice."""

import logging

import pytest

from prodcat.training import messages
from prodcat.training.messages import TimeLeft, logged_to, messages_to

progress = logging.getLogger("prodcat.training.fit")


@pytest.fixture
def shown():
    """Records that reach the program's own handler, which shows warnings."""
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    yield records
    root.setLevel(level)
    root.removeHandler(handler)


def test_progress_reaches_the_function_alone(shown):
    lines = []
    with messages_to(lines.append):
        progress.info("epoch %d", 1)
    assert (lines, shown) == (["epoch 1"], [])


def test_warnings_reach_the_program_alone(shown):
    lines = []
    with messages_to(lines.append):
        progress.warning("no picture")
    assert (lines, [record.getMessage() for record in shown]) == ([], ["no picture"])


def test_a_program_that_logs_progress_gets_it_too(shown):
    logging.getLogger().setLevel(logging.INFO)
    lines = []
    with messages_to(lines.append):
        progress.info("epoch 1")
    assert (lines, len(shown)) == (["epoch 1"], 1)


def test_afterwards_all_is_as_it_was(shown):
    logger = logging.getLogger("prodcat")
    before = logger.level, logger.propagate, list(logger.handlers)
    lines = []
    with pytest.raises(KeyboardInterrupt), messages_to(lines.append):
        raise KeyboardInterrupt
    progress.info("epoch 2")
    assert (logger.level, logger.propagate, list(logger.handlers)) == before
    assert lines == []


def test_what_the_function_raises_ends_the_training():
    def interrupt(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), messages_to(interrupt):
        progress.info("epoch 1")


def test_nobody_need_listen(shown):
    with messages_to(None):
        progress.info("epoch 1")
    assert shown == []


def test_a_file_gets_what_developers_look_for_and_people_do_not(shown, tmp_path):
    lines = []
    with messages_to(lines.append), logged_to(tmp_path / "run.log"):
        progress.debug("difference %g", 0.5)
        progress.info("epoch 1")
        progress.warning("no picture")
    assert lines == ["epoch 1"]
    assert [record.getMessage() for record in shown] == ["no picture"]
    told = [line.split(" ", 2)[2] for line in (tmp_path / "run.log").read_text().splitlines()]
    assert told == [
        "DEBUG prodcat.training.fit: difference 0.5",
        "INFO prodcat.training.fit: epoch 1",
        "WARNING prodcat.training.fit: no picture",
    ]


def test_without_a_listener_the_file_takes_nothing_from_the_program(shown, tmp_path):
    with logged_to(tmp_path / "run.log"):
        progress.debug("difference")
        progress.info("epoch 1")
        progress.warning("no picture")
    assert [record.getMessage() for record in shown] == ["no picture"]
    assert len((tmp_path / "run.log").read_text().splitlines()) == 3
    progress.warning("afterwards")
    assert len(shown) == 2


def test_a_file_that_cannot_be_written_ends_nothing(shown, tmp_path):
    with logged_to(tmp_path / "nowhere" / "run.log"):
        progress.warning("no picture")
    assert "run.log cannot be written" in shown[0].getMessage()
    assert shown[1].getMessage() == "no picture"


def test_a_long_work_says_what_is_left_of_it(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(messages.time, "monotonic", lambda: now[0])
    lines = []
    with messages_to(lines.append):
        left = TimeLeft("Answered", 4000)
        for _ in range(3):
            now[0] += 40
            left(1000)
    assert lines == ["Answered: 2,000 of 4,000, about 1 min left"]
