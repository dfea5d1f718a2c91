"""Who started a training hears how far it is, and nobody hears anything twice."""

import logging

import pytest

from prodcat.training.messages import messages_to

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
