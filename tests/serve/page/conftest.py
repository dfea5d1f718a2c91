"""The page of a service with the bundled model and an index, in a real browser."""

from pathlib import Path

import pytest

from prodcat.search.similar import SimilarProducts
from tests.chromium import listen
from tests.model_files import build_model_dir
from tests.serve.page.acting import DESKTOP, PHONE, answered_job
from tests.serve.serving import KEY, served
from tests.toy import draw_corpus


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """The page with all that it can have."""
    corpus = draw_corpus(tmp_path_factory.mktemp("shop"), products=30)
    SimilarProducts.build(corpus).close()
    with served(None, corpus=corpus, jobs_folder=tmp_path_factory.mktemp("jobs")) as running:
        yield running


@pytest.fixture(scope="session")
def job_id(shop):
    """A table that was answered."""
    return answered_job(shop)


@pytest.fixture(scope="session")
def locked(tmp_path_factory):
    """A service of the small model that asks for a key, and has no index."""
    file = tmp_path_factory.mktemp("keys") / "keys.txt"
    file.write_text(f"shop: {KEY}\n")
    file.chmod(0o600)
    model = build_model_dir(tmp_path_factory.mktemp("model"))
    with served(model, key_file=file) as running:
        yield running


@pytest.fixture(scope="session")
def axe():
    """The script that finds what keeps people out."""
    package = pytest.importorskip("axe_playwright_python")
    return (Path(package.__file__).parent / "axe.min.js").read_text("utf-8")


@pytest.fixture
def visit(browser, shop):
    """Open the page at an address such as #table."""
    contexts = []

    def open_it(address="", *, at=None, ready=True, **settings):
        context = browser.new_context(**{"reduced_motion": "reduce", "locale": "en-US"} | settings)
        contexts.append(context)
        page = listen(context.new_page())
        page.set_default_timeout(45_000)
        page.goto(f"{(at or shop).url}/{address}")
        if ready:
            page.locator("body[data-ready]").wait_for()
        return page

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture
def page(visit):
    return visit(**DESKTOP)


@pytest.fixture
def phone(visit):
    return visit(**PHONE)
