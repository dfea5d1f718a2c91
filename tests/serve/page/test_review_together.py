"""Two people at one queue at once, and a service that is killed beneath them."""

import os
import random
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from prodcat.corpus.corrections import history, in_force
from prodcat.corpus.store import Corpus
from prodcat.review.progress import progress
from prodcat.review.queue import fill, is_asked_twice
from tests.chromium import listen
from tests.conftest import REPOSITORY
from tests.model_files import build_model_dir
from tests.review.shop import BAGS, BOOTS, open_shop, suspect
from tests.serve.page.acting import DESKTOP
from tests.serve.processes import wait_for

CARDS = 194
"""With second opinions, 200 decisions and some."""
KEYS = {"1": BAGS, "2": BOOTS, "4": None}
WORK = """async (seed) => {
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const shown = () => document.getElementById("card").dataset.product;
  const pause = (wait_ms) => new Promise((done) => setTimeout(done, wait_ms));
  const press = (key) =>
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const until = async (holds) => { while (!window.over && !holds()) await pause(4); };
  window.decided = {};
  window.undone = 0;
  while (!window.over) {
    const product = shown();
    if (!product) {
      document.getElementById("look-again").click();
      await pause(100);
      continue;
    }
    const key = "124"[Math.floor(3 * random())];
    press(key);
    window.decided[product] = key;
    await until(() => shown() !== product);
    if (random() < 0.08 && !window.over) {
      press("z");
      await until(() => shown() === product);
      if (shown() === product) {
        delete window.decided[product];
        window.undone += 1;
      }
    }
  }
}"""


class Killable:
    """`prodcat serve` at one port, that can be killed and begun again."""

    def __init__(self, *options):
        self.options, self.port, self.process = options, 0, None

    def start(self):
        words = ["serve", "--port", self.port, *self.options]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "prodcat", *map(str, words)],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"},
        )
        for line in self.process.stderr:
            if line.startswith("Serving at"):
                self.port = int(line.rpartition(":")[2])
                break
        wait_for(self.port)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()


@contextmanager
def killable(*options):
    service = Killable(*options)
    service.start()
    try:
        yield service
    finally:
        service.kill()


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_when_two_decide_and_the_service_is_killed(browser, tmp_path):
    file = tmp_path / "shop.db"
    with open_shop(file, CARDS) as corpus:
        fill(corpus, [suspect(number) for number in range(CARDS)])
    model = build_model_dir(tmp_path / "model")
    rng = random.Random()
    with killable("--corpus", file, "--model", model) as service:
        pages = {who: begin(browser, service.port, who) for who in ("ana", "ben")}
        for seed, page in enumerate(pages.values(), 1):
            page.evaluate(f"(seed) => {{ window.work = ({WORK})(seed); }}", seed)
        with Corpus.open(file, read_only=True) as corpus:
            moment = rng.randrange(30, 120)
            while progress(corpus).done < moment:
                pages["ana"].wait_for_timeout(10)
            time.sleep(rng.random() / 20)
            service.kill()
            service.start()
            until = time.monotonic() + 120
            while (now := progress(corpus)).left or now.second or unsaved(pages):
                assert time.monotonic() < until, (now, unsaved(pages))
                pages["ana"].wait_for_timeout(50)
        for page in pages.values():
            page.evaluate("window.over = true")
            page.evaluate("window.work")
        said = {who: page.evaluate("window.decided") for who, page in pages.items()}
        undone = sum(page.evaluate("window.undone") for page in pages.values())
    with Corpus.open(file) as corpus:
        made = list(history(corpus))
    kept = [(one.who, one.product_id, one.category_id) for one in in_force(made)]
    assert sorted(kept, key=str) == sorted(
        ((who, product, KEYS[key]) for who, keys in said.items() for product, key in keys.items()),
        key=str,
    )
    twice = {f"a:{number}" for number in range(CARDS) if is_asked_twice(f"a:{number}")}
    assert len(kept) == CARDS + len(twice) >= 200
    assert {product for _, product, _ in kept} == {f"a:{number}" for number in range(CARDS)}
    assert set(said["ana"]) & set(said["ben"]) == twice
    assert sum(one.undoes is not None for one in made) == undone > 5
    assert min(len(keys) for keys in said.values()) > 30


def begin(browser, port, who):
    """Open the page as a person."""
    url = f"http://127.0.0.1:{port}"
    kept = [{"name": "prodcat.who", "value": who}]
    state = {"cookies": [], "origins": [{"origin": url, "localStorage": kept}]}
    page = listen(browser.new_context(storage_state=state, **DESKTOP).new_page())
    page.goto(f"{url}/review")
    page.locator("body[data-ready]").wait_for()
    return page


def unsaved(pages):
    """What pages have not yet told the service."""
    return [
        text
        for page in pages.values()
        if (text := page.evaluate("document.getElementById('saving').textContent"))
    ]
