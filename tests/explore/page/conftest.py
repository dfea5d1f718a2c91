"""The drawn map, open in a real browser."""

import pytest

from prodcat.explore.page.writing import write_map
from tests.chromium import listen
from tests.explore.page.drawn_map import draw_map
from tests.explore.page.looking import DESKTOP, PHONE


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    file = tmp_path_factory.mktemp("map") / "map.html"
    write_map(draw_map(), file)
    return file


@pytest.fixture
def open_map(browser, file):
    contexts = []

    def open_it(script="", **settings):
        context = browser.new_context(**{"reduced_motion": "reduce"} | settings)
        contexts.append(context)
        page = listen(context.new_page())
        page.add_init_script(script)
        page.goto(file.as_uri())
        page.locator("body[data-ready]").wait_for()
        page.wait_for_timeout(100)
        return page

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_map):
    return open_map(**DESKTOP)


@pytest.fixture
def phone(open_map):
    return open_map(**PHONE)
