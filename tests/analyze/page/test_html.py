"""The page: one file, no network, every name as text, the same bytes twice."""

import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from PIL import Image

from prodcat.analyze.page import page as page_module
from prodcat.analyze.page.html import render, safe_json, write_html
from prodcat.analyze.page.page import DISAGREEMENTS, MISTAKES, PAIRS, build_page
from prodcat.analyze.pictures import PictureSource
from prodcat.errors import AnalyzeError
from prodcat.inputs.image_store import ImageStore
from tests.analyze.summaries import draw_summary


class Elements(HTMLParser):
    """Collects the elements of a page, and what its scripts hold."""

    def __init__(self):
        super().__init__()
        self.found, self.scripts, self.inside = [], [], False

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        self.inside = tag == "script"

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "script"

    def handle_data(self, data):
        if self.inside:
            self.scripts.append(data)


def parsed(html):
    elements = Elements()
    elements.feed(html)
    return elements


@pytest.fixture(scope="module")
def summary():
    return draw_summary(runs=3)


@pytest.fixture(scope="module")
def html(summary):
    return render(build_page(summary, None))


def test_nothing_is_loaded_from_anywhere(html):
    links = [
        attributes[name]
        for _, attributes in parsed(html).found
        for name in ("src", "href", "srcset", "data", "action")
        if name in attributes
    ]
    assert [link for link in links if not link.startswith(("#", "data:"))] == []
    assert "default-src 'none'" in html


def test_names_of_strangers_are_text(html):
    elements = parsed(html)
    assert [tag for tag, attributes in elements.found if "onerror" in attributes] == []
    assert len([tag for tag, _ in elements.found if tag == "script"]) == 3
    assert "&lt;script&gt;window.hacked=1" in html


def test_the_data_can_be_read_back(html):
    data = json.loads(parsed(html).scripts[0])
    assert set(data) == {"charts", "trees", "matrices", "pictures"}
    assert set(data["matrices"]) == {
        f"{k}-{i}" for k in ("leaf", "parent", "top") for i in range(3)
    }


def test_every_chart_of_the_page_is_in_the_data(html):
    elements = parsed(html)
    shown = [a["data-chart"] for _, a in elements.found if "data-chart" in a]
    assert sorted(shown) == sorted(json.loads(elements.scripts[0])["charts"])
    assert len(shown) == len(set(shown))


def test_runs_of_the_same_tree_share_it(html):
    data = json.loads(parsed(html).scripts[0])
    assert len(data["trees"]) == 3
    assert len({data["matrices"][f"leaf-{i}"]["tree"] for i in range(3)}) == 1


def test_marks_warnings_and_skipped_runs_are_told(html):
    assert "Runs on different splits" in html
    assert "runs/broken" in html
    assert "Its thresholds do not hold" in html


def test_a_page_is_the_same_bytes_twice(tmp_path):
    for name in ("a", "b"):
        write_html(draw_summary(runs=2, n=60), tmp_path / f"{name}.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_a_single_run_has_no_comparison():
    found = parsed(render(build_page(draw_summary(runs=1, n=60), None))).found
    assert [a["id"] for _, a in found if a.get("id") in ("pairs", "mistakes")] == ["mistakes"]


def test_galleries_are_cut_to_what_can_be_looked_at(summary):
    page = build_page(summary, None)
    assert len(page.runs[0].mistakes) == min(MISTAKES, len(summary.runs[0].mistakes))
    assert len(page.runs[0].confused) == PAIRS < len(summary.runs[0].confused)
    assert len(page.pairs[0].first) == DISAGREEMENTS
    assert {one.right for one in page.pairs[0].second} == {"second"}


def with_pictures(summary, folder):
    """The report with one of eight pictures for each product, which are put into the folder."""
    store = ImageStore(folder / "images")
    hashes = []
    for i in range(8):
        out = io.BytesIO()
        Image.new("RGB", (60, 80), (30 * i, 90, 120)).save(out, "JPEG")
        hashes.append(store.put(out.getvalue()))
    products = {
        id: replace(facts, image_sha256=hashes[i % 8])
        for i, (id, facts) in enumerate(summary.products.items())
    }
    return replace(summary, products=products)


@pytest.fixture
def pictured(tmp_path):
    """A report whose products have pictures, and the corpus that they are beside."""
    return with_pictures(draw_summary(runs=3, hostile=False), tmp_path), tmp_path / "shop.db"


def test_each_picture_is_in_the_page_once(pictured):
    summary, corpus = pictured
    html = render(build_page(summary, PictureSource([corpus])))
    pictures = json.loads(parsed(html).scripts[0])["pictures"]
    assert len(pictures) == len(set(pictures)) == 8
    assert all(html.count(picture) == 1 for picture in pictures)
    shown = re.findall(r'data-picture="(\d+)"', html)
    assert {int(place) for place in shown} == set(range(8))


def test_pictures_that_there_is_no_room_for_leave_a_box(pictured, monkeypatch):
    summary, corpus = pictured
    monkeypatch.setattr(page_module, "PICTURE_BYTES", 2000)
    page = build_page(summary, PictureSource([corpus]))
    assert page.album.full
    assert 0 < len(page.album.pictures) < 8
    assert "no picture" in render(page)


def test_json_cannot_end_its_script():
    text = safe_json({"a": "</script><script>", "b": "\u2028", "c": [None, 1.5]})
    assert "<" not in text
    assert json.loads(text) == {"a": "</script><script>", "b": "\u2028", "c": [None, 1.5]}


def test_a_page_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(AnalyzeError, match="Cannot write"):
        write_html(draw_summary(runs=1, n=20), tmp_path / "file" / "report.html")
