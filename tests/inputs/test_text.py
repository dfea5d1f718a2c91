import enum
import math
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from prodcat.errors import ConfigError, InputError, ModelError, ModelNotFoundError
from prodcat.inputs.text import clean_text
from prodcat.inputs.tokens import TextReader

VOCABULARY = "[PAD] [UNK] [CLS] [SEP] red blue shoes boots for men and women with laces"
WORDS = VOCABULARY.split()


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


@pytest.fixture
def tokenizer():
    tokenizer = Tokenizer(
        models.WordPiece({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return tokenizer


@pytest.fixture
def tokenizer_file(tokenizer, tmp_path):
    path = tmp_path / "tokenizer.json"
    tokenizer.save(str(path))
    return path


def words(ids):
    return " ".join(WORDS[i] for i in ids)


def test_a_product_is_read_as_the_pair_of_name_and_description(tokenizer, tokenizer_file):
    input_ids, mask = TextReader(tokenizer_file).encode(["red shoes"], ["for men"])
    assert input_ids.tolist() == [tokenizer.encode("red shoes", "for men").ids]
    assert words(input_ids[0]) == "[CLS] red shoes [SEP] for men [SEP]"
    assert mask.tolist() == [[1] * 7]
    assert input_ids.dtype == mask.dtype == np.int64


def test_a_missing_part_is_left_out_and_short_products_are_padded(tokenizer_file):
    reader = TextReader(tokenizer_file)
    names, descriptions = ["red shoes", "red", "", ""], ["men", "", "blue", ""]
    input_ids, mask = reader.encode(names, descriptions)
    assert [words(row) for row in input_ids] == [
        "[CLS] red shoes [SEP] men [SEP]",
        "[CLS] red [SEP] [PAD] [PAD] [PAD]",
        "[CLS] blue [SEP] [PAD] [PAD] [PAD]",
        "[CLS] [SEP] [PAD] [PAD] [PAD] [PAD]",
    ]
    assert mask.sum(axis=1).tolist() == [6, 3, 3, 2]
    assert reader.pad_id == 0
    assert reader.encode([], [])[0].shape == (0, 2)


def test_a_long_description_leaves_a_short_name_whole(tokenizer_file):
    reader = TextReader(tokenizer_file, max_tokens=8)
    input_ids, _ = reader.encode(["red shoes"], ["for men and women with laces"])
    assert words(input_ids[0]) == "[CLS] red shoes [SEP] for men and [SEP]"


def test_the_tokenizer_files_own_truncation_and_padding_do_not_count(tokenizer, tokenizer_file):
    tokenizer.enable_truncation(3, direction="left")
    tokenizer.enable_padding(length=20, pad_id=1, direction="left")
    tokenizer.save(str(tokenizer_file))
    input_ids, _ = TextReader(tokenizer_file).encode(["red shoes for men", "red"], ["", ""])
    assert words(input_ids[0]) == "[CLS] red shoes for men [SEP]"
    assert words(input_ids[1]) == "[CLS] red [SEP] [PAD] [PAD] [PAD]"


def test_a_tokenizer_without_special_tokens_gives_two_columns(tokenizer, tokenizer_file):
    tokenizer.post_processor = None
    tokenizer.save(str(tokenizer_file))
    input_ids, mask = TextReader(tokenizer_file).encode([""], [""])
    assert input_ids.tolist() == mask.tolist() == [[0, 0]]


def test_the_tokenizer_sees_no_more_than_it_can_use(tokenizer_file, monkeypatch):
    reader, seen = TextReader(tokenizer_file, max_tokens=8), []
    record = SimpleNamespace(encode_batch_fast=lambda texts: seen.extend(texts) or [])
    monkeypatch.setattr(reader, "_tokenizer", record)
    reader.encode(["red " * 250_000] * 5, ["blue " * 250_000] * 5)
    assert seen == [("red " * 12, ("blue " * 10)[:48])] * 5


def test_few_texts_are_tokenised_as_many_are(tokenizer_file):
    reader, texts = TextReader(tokenizer_file), [("red shoes", "for men"), ("red", ""), ("", "men")]
    assert reader.tokenize(texts * 9) == reader.tokenize(texts) * 9


def test_lone_surrogates_do_not_stop_the_tokenizer(tokenizer_file):
    reader = TextReader(tokenizer_file)
    assert np.array_equal(*(reader.encode([name], [""])[0] for name in ("re\ud800d", "red")))


def test_threads_can_share_a_reader(tokenizer_file):
    reader = TextReader(tokenizer_file)
    names = ["red " * n for n in range(1, 33)]
    gate = threading.Barrier(4)

    def read(name):
        if name in names[:4]:
            gate.wait()
        return reader.encode([name] * 50, ["boots"] * 50)[0]

    with ThreadPoolExecutor(4) as pool:
        for name, input_ids in zip(names, pool.map(read, names), strict=True):
            assert np.array_equal(input_ids, reader.encode([name] * 50, ["boots"] * 50)[0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows does not fork")
def test_a_process_may_fork_after_reading(tokenizer_file):
    code = (
        "import os, sys; from pathlib import Path; from prodcat.inputs.tokens import TextReader\n"
        "reader = TextReader(Path(sys.argv[1])); reader.encode(['red'] * 99, [''] * 99)\n"
        "child = os.fork()\n"
        "reader.encode(['red'] * 99, [''] * 99)\n"
        "if child: os.waitpid(child, 0)\n"
        "print('TOKENIZERS_PARALLELISM' in os.environ)"
    )
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code, tokenizer_file]
    environment = {k: v for k, v in os.environ.items() if k != "TOKENIZERS_PARALLELISM"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout.split(), ran.stderr) == (0, ["False"] * 2, "")


def test_a_tokenizer_that_cannot_be_used_is_named(tokenizer, tokenizer_file, tmp_path):
    with pytest.raises(ModelNotFoundError, match=r"none\.json is missing"):
        TextReader(tmp_path / "none.json")
    with pytest.raises(ConfigError, match="max_tokens is 4; this tokenizer needs at least 5"):
        TextReader(tokenizer_file, max_tokens=4)
    (tmp_path / "broken.json").write_text('{"model": 1}')
    with pytest.raises(ModelError, match=r"broken\.json is not a tokenizer"):
        TextReader(tmp_path / "broken.json")
    bare = tmp_path / "bare.json"
    Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]")).save(str(bare))
    with pytest.raises(ModelError, match="no padding token"):
        TextReader(bare)


def test_a_description_may_be_read_only_where_there_is_no_name(tokenizer_file):
    reader = TextReader(tokenizer_file, description="alone")
    both, alone = reader.tokenize([("red shoes", "for men"), ("", "for men")])
    plain = TextReader(tokenizer_file).tokenize([("red shoes", ""), ("", "for men")])

    assert [both, alone] == plain
