"""The page as a file: whole, safe, and without anything beside it."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from prodcat.errors import AnalyzeError
from prodcat.explore.page.writing import ASSETS, SCRIPTS, write_map
from tests.explore.page.drawn_map import WITHOUT_PICTURE, draw_map


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    file = tmp_path_factory.mktemp("map") / "new" / "map.html"
    return write_map(draw_map(), file)


@pytest.fixture(scope="module")
def page(written):
    return written.file.read_text("utf-8")


def test_what_was_written_is_told(written):
    assert written.size == written.file.stat().st_size
    assert written.pictures == 299
    assert (written.broken, written.left_out) == (0, 0)
    assert WITHOUT_PICTURE == 1


def test_the_policy_lets_our_script_run_and_no_other(page):
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "connect-src" not in policy


def test_titles_are_escaped(page):
    assert "A drawn &lt;b&gt;shop&lt;/b&gt;" in page
    assert "300 products &lt;i&gt;drawn&lt;/i&gt;" in page
    assert "onerror" not in page


def test_every_script_is_in_the_page_once():
    assert {f"{name}.js" for name in SCRIPTS} == {path.name for path in ASSETS.glob("*.js")}
    assert len(set(SCRIPTS)) == len(SCRIPTS)


def test_scripts_fetch_and_evaluate_nothing():
    for path in ASSETS.glob("*.js"):
        code = path.read_text("utf-8")
        assert not re.search(r"\beval\b|new Function|innerHTML|fetch\(|XMLHttp|import\(", code)
        assert "</script" not in code
        assert "<!--" not in code


def test_the_same_map_gives_the_same_bytes(written, page, tmp_path):
    again = write_map(draw_map(), tmp_path / "again.html")
    assert again.file.read_text("utf-8") == page


def test_a_map_needs_neither_pictures_nor_partitions(tmp_path):
    data = replace(draw_map(), pictures=None, colourings=(), facts=(), panels=())
    written = write_map(data, tmp_path / "map.html")
    assert written.pictures == 0
    assert "sheet-0" not in written.file.read_text("utf-8")


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(AnalyzeError, match="Cannot write"):
        write_map(draw_map(), tmp_path / "file" / "map.html")
