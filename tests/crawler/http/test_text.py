import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.encodings import LABELS, find_codec
from crawler.http.text import decode

META = '<html><head><meta charset="{}"></head>{}'
XML = '<?xml version="1.0" encoding="{}"?><a>{}</a>'


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("latin-1", "cp1252", "“größer” – 5 €"),
        ("ISO-8859-1", "cp1252", "Men’s"),
        ("us-ascii", "cp1252", "café"),
        ("Shift_JIS", "cp932", "サンダル①"),
        ("gb2312", "gb18030", "靴镕"),
        ("ks_c_5601-1987", "cp949", "신발"),
        ("big5", "big5hkscs", "鞋"),
        ("iso-8859-9", "cp1254", "ayakkabı"),
        ("KOI8-R", "koi8_r", "ботинки"),
        ("windows-1251", "cp1251", "ботинки"),
        ("tis-620", "cp874", "รองเท้า"),
        ("euc-jp", "euc_jp", "サンダル"),
        ("utf8", "utf-8", "für"),
    ],
)
@pytest.mark.parametrize("said", ["header", "meta", "declaration"])
def test_a_text_is_read_as_browsers_read_it(label, codec, text, said):
    form = {"header": "{1}", "meta": META, "declaration": XML}[said]
    content_type = f'text/html; Charset="{label}"' if said == "header" else "text/html"
    content = form.format(label, text).encode(codec)
    assert decode(content, content_type) == form.format(label, text)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_mark_wins_over_whatever_is_said(encoding):
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    content = mark + XML.format("koi8-r", "für").encode(encoding)
    assert decode(content, "text/xml; charset=latin-1") == XML.format("koi8-r", "für")


def test_utf_16_without_a_mark_is_told_by_its_nulls():
    assert decode("User-agent: *".encode("utf-16-le")) == "User-agent: *"
    assert decode("User-agent: *".encode("utf-16-be")) == "User-agent: *"


@pytest.mark.parametrize("label", ["latin-1", "windows-1251", "shift_jis", "utf-16", "zlib"])
def test_who_says_wrongly_that_it_is_no_utf_8_is_not_believed(label):
    assert decode("Größe 40".encode(), f"text/html; charset={label}") == "Größe 40"


def test_wrong_bytes_are_mended_one_by_one():
    assert decode("Größe ".encode() * 9 + b"caf\xe9 \x93a\x94") == "Größe " * 9 + "café “a”"


def test_a_header_that_says_utf_8_of_another_encoding_loses_to_what_the_page_says():
    content = META.format("windows-1251", "ботинки").encode("cp1251")
    assert decode(content, "text/html; charset=utf-8").endswith("ботинки")


def test_every_label_is_that_of_an_encoding_that_python_has():
    assert all(codecs.lookup(codec) for codec in LABELS)
    assert [find_codec(label) for label in ("", "none", "idna", "rot13", "utf-7")] == [""] * 5


@given(st.text())
def test_utf_8_comes_back_as_it_was(text):
    content = text.encode("utf-8", "replace")
    expected = content.decode().removeprefix("\ufeff")
    if "\x00" not in text and not content.startswith((b"\xff", b"\xfe")):
        assert decode(content) == expected


@pytest.mark.parametrize("content", [b"a\xe9", b"\xc3\xa9\xe9a", b"\xe2\x82", b"\xff", b"<meta "])
def test_time_grows_with_the_text(content):
    began = time.process_time()
    decode(content * (1_000_000 // len(content)))
    assert time.process_time() - began < 1.0
