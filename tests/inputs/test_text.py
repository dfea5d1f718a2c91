import enum
import math
import time
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prodcat.errors import InputError
from prodcat.inputs.text import clean_text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Blue jeans", "Blue jeans"),
        ("  Blue \t\r\n jeans\u2003\xa0", "Blue jeans"),
        ("I <3 jeans", "I <3 jeans"),
        ("size < 40 > 30", "size < 40 > 30"),
        ("<new> boots, <T-Shirt>", "<new> boots, <T-Shirt>"),
        ("waist <s and >m", "waist <s and >m"),
        ("<b>Red</b> shoes", "Red shoes"),
        ("< b>Red< /b> shoes", "Red shoes"),
        ("feet < small and > 30", "feet < small and > 30"),
        ("W<b>ater</b>proof", "Waterproof"),
        ("<p>Red</p><p>shoes</p>", "Red shoes"),
        ("Red<br>shoes<BR/>for<br />men", "Red shoes for men"),
        ("<ul><li>Red<li>Shoes", "Red Shoes"),
        ("Red <b>shoes", "Red shoes"),
        ('Red shoes <a href="http://shop', "Red shoes"),
        ("Red shoes <p", "Red shoes"),
        ("Red shoes </ ", "Red shoes"),
        ("Red shoes <", "Red shoes"),
        ('<img alt="a > b" src=x>Red', "Red"),
        ('<p title="5" tall">Red</p>', "Red"),
        ("<o:p>Red</o:p>", "Red"),
        ("Red<style>p > a {x: y}</style> <script>if (a < b) {}</SCRIPT >shoes", "Red shoes"),
        ("Red <style>p {color: red", "Red"),
        ("Red<!-- <b>no</b> -->shoes<!-->!<!-- no", "Red shoes !"),
        ("<![CDATA[Red shoes]]>", "Red shoes"),
        ("<!DOCTYPE html><?xml version='1.0'?>Red<![endif]>", "Red"),
        ("Women&#39;s T&eacute;e &amp; caf&#xe9;", "Women's Tée & café"),
        ("&lt;p&gt;Red&lt;/p&gt; &amp;amp; blue", "Red & blue"),
        ("5 &lt; 6&nbsp;cm &nbsp blue", "5 < 6 cm blue"),
        ("pen&notebook, R&B, H&M; &nosuch; &", "pen&notebook, R&B, H&M; &nosuch; &"),
        ("a&#8203;b&#0;", "ab\ufffd"),
        ("Shoes 👟 👍🏽 ❤️ 🇩🇪", "Shoes 👟 👍🏽 ❤️ 🇩🇪"),
        ("R\0e\x07d\x7f\x9f", "Red"),
        ("R\u200be\u200dd\ufeff \u202eshoes\u2066 so\xadft", "Red shoes soft"),
        ("Red\U000e0041", "Red"),
        ("Red \ud800shoes\udfff", "Red shoes"),
        ("Cafe\u0301 \u212b", "Café Å"),
        ("", ""),
        ("   ", ""),
        ("\u200b<br>&nbsp;", ""),
    ],
)
def test_text_is_cleaned(text, clean):
    assert clean_text(text) == clean
    assert clean_text(clean) == clean


def test_what_data_frames_hold_for_nothing_is_empty():
    pandas = pytest.importorskip("pandas")
    missing = [None, math.nan, np.nan, np.float32("nan"), np.longdouble("nan"), Decimal("NaN")]
    missing += [Decimal("sNaN"), np.datetime64("NaT"), pandas.NA, pandas.NaT, b"", "", np.str_("")]
    missing += [10**5000]  # Python refuses to write it out
    assert [clean_text(value) for value in missing] == [""] * len(missing)


class Shade(str, enum.Enum):  # noqa: UP042 - its str() is "Shade.RED"
    RED = "red"


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        (np.str_(" Red "), "Red"),
        (Shade.RED, "red"),
        ("Café".encode(), "Café"),
        (bytearray(b"R\xffd"), "R\ufffdd"),
        (np.bytes_(b"Red"), "Red"),
        (501, "501"),
        (np.int64(501), "501"),
        (np.float32(1.5), "1.5"),
        (Decimal("1.50"), "1.50"),
        (math.inf, "inf"),
    ],
)
def test_what_stands_for_text_is_read(value, clean):
    assert clean_text(value) == clean
    assert type(clean_text(value)) is str


@pytest.mark.parametrize("value", [["Red"], {}, object(), date(2020, 1, 1), 1j, memoryview(b"")])
def test_what_is_no_text_is_refused(value):
    with pytest.raises(InputError, match=f"must be text, not {type(value).__name__}"):
        clean_text(value)


PIECES = ["<", ">", "&", ";", "amp;", "lt", "#60;", "b", "p", "/", "!--", "-->", "]]>", "<!["]
PIECES += ["script", "CDATA[", '="', "'", " ", "\0", "\u200b", "\u0338", "\u037e", "é", "İ", "x"]


@given(st.text(st.characters(exclude_categories=[])))
@example("&amp\u037e lt;b>")
@example("<\u0338")
def test_any_text_is_cleaned_once_and_for_all(text):
    check_clean(text, max_chars=20_000)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.integers(1, 60))
@example("&amp;amp;amp;amp;amp;amp;lt;b", 60)
@example("a&amp;amp;amp;#8203;b", 60)
@example("<<<<<<b>b>b>b>b>b>", 60)
@example("\ufb2c" * 9, 10)  # grows when it is normalized
def test_any_markup_is_cleaned_once_and_for_all(text, max_chars):
    check_clean(text, max_chars)


def check_clean(text, max_chars):
    clean = clean_text(text, max_chars=max_chars)
    assert clean_text(clean, max_chars=max_chars) == clean
    assert len(clean) <= max_chars
    assert clean == " ".join(clean.split())
    assert not {"\0", "\u200b", "\u202e", "\ufeff"} & set(clean)
    clean.encode()


def test_what_follows_the_longest_text_is_never_looked_at():
    assert clean_text("Red <b>" * 500_000, max_chars=14) == "Red Red"
    assert clean_text("é".encode() * 500_000, max_chars=3) == "ééé"
    assert clean_text("R" * 9, max_chars=3) == "RRR"


@pytest.mark.parametrize(
    "attack",
    ["<", "<a ", "<a =' ", '<p ="', "<!--", "<style>", "&amp;", "&", "]]>", "<p x", "\u0301", "</"],
)
def test_no_text_takes_more_than_its_share_of_time(attack):
    start = time.process_time()
    clean_text(attack * 20_000)
    # Twenty milliseconds at most when written; what is quadratic takes seconds.
    assert time.process_time() - start < 1
