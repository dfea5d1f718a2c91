"""What `prodcat review` asks, in a terminal that is one."""

import os
import select
import subprocess
import sys
import time

import pytest

from prodcat.corpus.corrections import history
from prodcat.corpus.store import Corpus
from prodcat.review.queue import fill
from tests.cli.running import run
from tests.conftest import REPOSITORY
from tests.review.shop import BOOTS, SANDALS, open_shop, suspect

pty = pytest.importorskip("pty")


@pytest.fixture
def shop(tmp_path):
    file = tmp_path / "shop.db"
    with open_shop(file, 6) as corpus:
        corpus.db.execute("update products set category_id = null where id in ('a:1', 'a:2')")
        corpus.db.conn.commit()
    return file


def test_an_empty_queue_says_how_to_fill_it(shop):
    assert "prodcat check" in run("review", shop, status=4).output


def test_the_queue_is_filled_with_new_products_and_a_choice(shop):
    told = run("review", shop, "--new", "--category", "Bags", "--only-fill").output
    assert "2 cards of products without a label" in told
    assert "4 cards of products that you chose" in told
    with Corpus.open(shop) as corpus:
        assert corpus.db["review_cards"].count == 6


def test_a_category_that_is_none_is_told(shop):
    assert "no category 'Hats'" in run("review", shop, "--category", "Hats", status=1).output


@pytest.mark.slow
def test_keys_of_a_terminal_decide(shop):
    with Corpus.open(shop) as corpus:
        fill(corpus, [suspect(3, value=0.9), suspect(4, value=0.5), suspect(5, value=0.1)])
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "prodcat", "review", str(shop), "--who", "ana"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    try:
        for expected, keys in (
            ("Product 3", b"2"),
            ("Product 4", b"3"),
            ("Words of the category", b"sand\n"),
            ("Its number", b"1"),
            ("Product 5", b"q"),
            ("2 decided", b""),
        ):
            read_until(ours, expected)
            os.write(ours, keys)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)
    with Corpus.open(shop) as corpus:
        assert [(one.category_id, one.who) for one in history(corpus)] == [
            (BOOTS, "ana"),
            (SANDALS, "ana"),
        ]


def read_until(terminal, text, seconds=20):
    """Read what is shown until a text is there, and the keys behind it."""
    shown, until = "", time.monotonic() + seconds
    while text not in shown or (text.startswith("Product") and "q quit" not in shown):
        assert time.monotonic() < until, shown
        if select.select([terminal], [], [], 0.1)[0]:
            shown += os.read(terminal, 4096).decode()


def test_without_a_terminal_it_is_told_what_to_do(shop):
    with Corpus.open(shop) as corpus:
        fill(corpus, [suspect(3)])
    done = subprocess.run(
        [sys.executable, "-m", "prodcat", "review", str(shop), "--who", "ana"],
        input="2q",
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        start_new_session=True,
    )
    assert done.returncode == 1
    assert done.stderr.strip().startswith("Error: There is no terminal here to press keys in.")
    with Corpus.open(shop) as corpus:
        assert list(history(corpus)) == []
