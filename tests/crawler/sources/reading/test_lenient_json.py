import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.sources.reading.lenient_json import read_lenient, scan_values

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)
CONTAINERS = st.lists(VALUES, max_size=4) | st.dictionaries(st.text(max_size=6), VALUES)
BOOTS = {"name": "Boots", "price": 15}


def alike(first, second):
    """Tell whether two values are the same to the letter, NaN and minus zero included."""
    return json.dumps(first) == json.dumps(second)


@given(CONTAINERS, st.booleans(), st.sampled_from([None, 0, 2]))
@settings(max_examples=300)
def test_valid_json_is_read_as_the_strict_reader_does(value, is_ascii, indent):
    text = json.dumps(value, ensure_ascii=is_ascii, indent=indent)
    assert alike(scan_values(text), [json.loads(text)])


@given(st.text(alphabet="{}[]\",:&;#34 \n<!->/*ab\\ux0'CDAT[tnuel.e-", max_size=80))
@settings(max_examples=300)
def test_no_text_makes_it_fail_and_what_is_strictly_json_is_the_same(text):
    values = read_lenient(text)
    json.dumps(values)
    try:
        strict = json.loads(text, strict=False)
    except ValueError:
        assert all(isinstance(value, dict | list) for value in values)
        return
    assert alike(values, [strict])


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "Boots", "price": 15,}',
        '{"name": "Boots",,, "price": 15}',
        '{"name": "Boots", "sku": , "price": 15}',
        '{"name": "Boots" "price": 15}',
        '{"name": "Boots"\n "price": 15}',
        "{name: 'Boots', price: 15}",
        '// shop\n{"name": "Boots", "price": 15}',
        '{"name": "Boots", // a name\n"price": 15}',
        '{"name": "Boots", /* } */ "price": 15}',
        '{"name": "Boots", <!-- } --> "price": 15}',
        '<!-- Boots. -->{"name": "Boots", "price": 15}',
        '<!-- {"name": "Boots", "price": 15} -->',
        '<!-- {"name": "Boots", "price": 15}',
        '//<![CDATA[\n{"name": "Boots", "price": 15}\n//]]>',
        '/*<![CDATA[*/{"name": "Boots", "price": 15}/*]]>*/',
        '<![CDATA[{"name": "Boots", "price": 15}]]>',
        '// <![CDATA[ {"name": "Boots", "price": 15}\n// ]]&gt;',
        'var product = {"name": "Boots", "price": 15};',
        '{"name": "Boots", "price": 15}}',
        '{"name": "Boots", "price": 15',
        '{&#34;name&#34;: &#034;Boots&#x22;, &quot;price&quot;: 15}',
        '{&amp;quot;name&amp;quot;: &amp;quot;Boots&amp;quot;, &amp;quot;price&amp;quot;: 15}',
        '\ufeff{\xa0"name":\xa0"Boots",\u200b"price": 15}',
        '{"name": "Boots", "price": 15} trailing text',
        '{"name": "Boots", "price": 15} {"cut": "off',
        '{"name": "Boots", "price": 15, "none": undefined}',
    ],
)  # fmt: skip
def test_slips_are_read_as_they_were_meant(text):
    value = {key: entry for key, entry in read_lenient(text)[0].items() if entry is not None}
    assert value == BOOTS


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'{"a": "Men\'s", }', "Men's"),
        (r'{"a": "Men\x27s"}', "Men's"),
        (r'{"a": "C:\dir", }', r"C:\dir"),
        (r'{"a": "\ud83d\ude00", }', "😀"),
        (r'{"a": "\u12", }', r"\u12"),
        ('{"a": "27" screen", "b": 1}', '27" screen'),
        ('{"a": "two\nlines\tand \x01", }', "two\nlines\tand \x01"),
        ('{"a": "// no, /* comment */ <!-- at all -->", }', "// no, /* comment */ <!-- at all -->"),
        ('{"a": "Sizes: [1, ] }",}', "Sizes: [1, ] }"),
        ('{"a": http,}', "http"),
        ('{"a": .5,}', ".5"),
    ],
)
def test_texts_are_mended_and_else_left_alone(text, value):
    assert read_lenient(text)[0]["a"] == value


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a": 1}{"b": 2}', [{"a": 1}, {"b": 2}]),
        ('{"a": 1}, [2]; {b: 3}', [{"a": 1}, [2], {"b": 3}]),
        ('{"a": "x" {"b": 2}', [{"a": "x"}, {"b": 2}]),
        ('[{"a": 1}, {"b": [2}]', [[{"a": 1}, {"b": [2]}]]),
    ],
)
def test_of_several_each_is_read(text, values):
    assert read_lenient(text) == values


def test_of_what_was_cut_off_only_the_whole_is_taken():
    text = '{"@graph": [{"a": 1}, {"b": {"c": 2}, "d'
    assert read_lenient(text, complete=False) == [{"a": 1}, {"c": 2}]
    assert read_lenient('{"name": "Boots"', complete=False) == []


PIECES = (
    *("[", "{", '{"a":', "]", "}", "[]", ",", ":", '"'),
    *('"a"', "'", "\\", '\\"', '"\\', "/*", "//", "<!--", "-->"),
    *("<![CDATA[", "a", "1,", "9", " ", "\n", '"a":1,', "[1]", "{}"),
    *('"a" ', "&quot;", "\u200b", ";", "<", "/", '"a\n', "{a:", "&#34;"),
    *("[[1]]>", '" "'),
)


@pytest.mark.parametrize("start", ["", "{", '{,"a": "', "[,"])
@pytest.mark.parametrize("piece", PIECES)
def test_time_grows_with_the_text_alone(start, piece):
    text = start + piece * ((100 << 10) // len(piece))
    began = time.process_time()
    read_lenient(text)
    # It takes a seventh of a second; were it quadratic, minutes.
    assert time.process_time() - began < 5
