"""The whole explanation of one product: as data, in words, and as a page."""

import base64
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from prodcat.explain.explaining import explain
from prodcat.explain.explanation import Explanation
from prodcat.explain.findings import apart
from prodcat.explain.sentences import factor, unread_parts
from prodcat.product import FOREIGN, Prediction
from tests.explain.answerers import VotingAnswerer, answer_of, product, red_square


def explained(name="", description="", pixels=None, **options):
    asked, whole = VotingAnswerer(**options), product(name, description, pixels)
    return explain(asked, whole, asked.predict([whole])[0])


@pytest.fixture(scope="module")
def why():
    return explained("black boots strap", "Leather. With handle", red_square((12, 12)))


def test_each_part_says_what_it_says_alone_and_what_is_said_without_it(why):
    parts = {part.part: part for part in why.parts}
    assert list(parts) == ["name", "description", "image"]
    assert parts["name"].influence.rather == pytest.approx(1.0)
    assert parts["name"].alone.used == ("name",)
    assert parts["name"].without.used == ("description", "image")


def test_the_strongest_words_are_those_that_carry_and_those_against(why):
    assert [word.text for word in why.strongest_words()] == ["boots", "Leather"]
    assert [word.text for word in why.strongest_words(against=True)] == ["strap"]
    assert [word.text for word in why.telling_words(rival=True)] == ["strap"]


def test_it_is_told_in_sentences(why):
    text = str(why)
    assert text.startswith("Shoes > Boots (")
    assert re.search(r"^The name speaks for it \(\d\.\d ×\); without it the best guess", text, re.M)
    assert "Words for Boots: “boots” (" in text
    assert "Words against it: “strap” (" in text
    assert "Boots rather than Sandals because of the " in text
    assert "“strap” (7.4 ×)" in text


def test_where_nothing_matters_it_says_so():
    text = str(explained("black thing", "plain", np.full((3, 8, 8), 255, np.uint8)))
    assert "No single word has an influence to speak of." in text
    assert "No single place of the picture has an influence" in text
    assert "The description has no influence to speak of" in text


def test_text_beyond_what_the_model_reads_is_said_to_have_no_influence():
    text = str(explained("boots", "leather strap", reach=(100, 7)))
    assert "the model reads the first 7 characters; the other 6 have no influence" in text


def test_an_abstention_says_what_it_would_have_taken_and_what_pulls_apart():
    whole = product("leather", "strap")
    asked = VotingAnswerer()
    answer = answer_of(asked.rows([whole])[0], whole, threshold=0.9)
    text = str(explain(asked, whole, answer))
    assert "an answer would have taken 90.0 %" in text
    assert "Its parts pull apart: the name alone says Shoes > Boots" in text
    assert "the description alone says Shoes > Sandals" in text
    foreign = replace(answer, reason=FOREIGN)
    assert "no product that the model learnt from is like this" in str(
        explain(asked, whole, foreign)
    )
    agreeing = product("boots", "leather")
    unsure = answer_of(asked.rows([agreeing])[0], agreeing, threshold=0.999)
    assert "Its parts agree" in str(explain(asked, agreeing, unsure))


def test_a_product_of_which_nothing_was_read_has_its_reason_only():
    unread = Prediction((), 0.0, abstained=True, reason="nothing to read")
    why = explain(VotingAnswerer(), product(), unread)
    assert (str(why), why.parts, why.heat) == ("nothing to read", (), None)
    assert "nothing to read" in why.to_html()


def test_as_data_it_is_plain_json(why):
    data = json.loads(why.to_json())
    assert data["target"] == ["Shoes", "Boots"]
    assert data["rather"] == {"category": ["Shoes", "Boots"], "than": ["Shoes", "Sandals"]}
    assert [part["part"] for part in data["parts"]] == ["name", "description", "image"]
    places = data["words"][1]["places"]
    assert places == [{"part": "name", "start": 6, "end": 11}]
    heat = np.array(data["picture"]["influence"])
    assert heat.shape == (4, 4)
    head, _, body = data["picture"]["seen"].partition(",")
    assert head == "data:image/jpeg;base64"
    assert Image.open(io.BytesIO(base64.b64decode(body))).size == (32, 32)


def test_the_same_product_is_explained_alike_every_time(why):
    again = explained("black boots strap", "Leather. With handle", red_square((12, 12)))
    assert again.to_json() == why.to_json()
    assert again.to_html() == why.to_html()


class Tags(HTMLParser):
    """Counts what a page holds, and sees that all is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in ("img", "meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parsed(html):
    tags = Tags()
    tags.feed(html)
    assert not tags.open
    return tags.seen


def test_a_page_marks_the_words_and_shows_the_heat_and_fetches_nothing(why):
    seen = parsed(why.to_html())
    marks = [attrs for tag, attrs in seen if tag == "mark" and "title" in attrs]
    assert [attrs["class"] for attrs in marks] == [
        "pc-for",
        "pc-against",
        "pc-for",
        "pc-against",
    ]
    assert all(src.startswith("data:") for tag, a in seen if (src := a.get("src")) is not None)
    assert [tag for tag, _ in seen].count("img") == 2
    assert not [tag for tag, _ in seen if tag in ("script", "link")]
    assert all(attrs.get("alt") for tag, attrs in seen if tag == "img")


def test_what_a_product_is_called_runs_nothing_in_a_page():
    name = "<script>alert(1)</script> boots' onclick=x “q” <img src=x>"
    for html in (explained(name, name).to_html(), explained(name, name)._repr_html_()):
        seen = parsed(html)
        assert not [tag for tag, _ in seen if tag in ("script", "img")]
        assert not [attrs for _, attrs in seen if "onclick" in attrs]


def test_an_explanation_of_text_has_no_figure():
    assert [tag for tag, _ in parsed(explained("boots").to_html()) if tag == "figure"] == []


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [
        (("A", "X"), ("A", "Y"), ("X", "Y")),
        (("M", "S", "X"), ("W", "S", "X"), ("M > S > X", "W > S > X")),
        (("T", "M", "X"), ("T", "W", "X"), ("M > X", "W > X")),
        (("X",), ("X", "X"), ("X", "X > X")),
    ],
)
def test_two_categories_are_named_so_that_they_can_be_told_apart(first, second, named):
    assert apart(first, second) == named


@pytest.mark.parametrize(
    ("size", "told"), [(0.0, "1.0 ×"), (-0.693, "2.0 ×"), (4.6, "99 ×"), (1e9, "over 1,000 ×")]
)
def test_influences_are_told_as_how_many_times_the_odds(size, told):
    assert factor(size) == told


def test_parts_that_were_given_and_not_read_are_told():
    given, readable = ("name", "description", "image"), ("name", "description")
    told = unread_parts(given, ("name",), readable)
    assert [line.split(" has")[0] for line in told] == ["The description", "The picture"]
    assert unread_parts(("name",), ("name",), readable) == []
    assert "nothing of it could be read" in unread_parts(("name",), (), readable)[0]


def test_explanations_are_values():
    assert isinstance(explained("boots"), Explanation)
    with pytest.raises(AttributeError):
        explained("boots").name = "x"
