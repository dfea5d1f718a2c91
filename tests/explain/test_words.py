"""Words of a product, and its texts without them."""

import pytest

from prodcat.explain.words import (
    find_words,
    phrase,
    pieces,
    sentences,
    to_end_of_word,
    without,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Women's T-shirt, 100% cotton!", ["Women's", "T-shirt", "100", "cotton"]),
        ("size 2.5/3 – H&M", ["size", "2.5/3", "H&M"]),
        ("Джинсы синие", ["Джинсы", "синие"]),
        ("牛仔裤 jeans", ["牛仔", "裤", "jeans"]),
        ("...", []),
    ],
)
def test_words_are_found_in_any_script(text, words):
    assert [term.text for term in find_words(text, "")] == words


def test_a_word_of_both_texts_is_taken_out_of_both():
    words = find_words("Blue Jeans", "jeans are blue, JEANS.")
    jeans = next(word for word in words if word.text == "Jeans")
    assert jeans.parts == ("name", "description")
    assert without("Blue Jeans", "jeans are blue, JEANS.", [jeans]) == ("Blue", "are blue, .")


def test_sentences_part_the_words_of_a_description():
    text = "Soft cotton. Wash cold! Red"
    groups = sentences(find_words("", text), text)
    assert [[word.text for word in group] for group in groups] == [
        ["Soft", "cotton"],
        ["Wash", "cold"],
        ["Red"],
    ]


@pytest.mark.parametrize(
    ("words", "count", "sizes"), [(7, 3, [2, 3, 2]), (2, 5, [1, 1]), (0, 3, [])]
)
def test_pieces_hold_all_words_once(words, count, sizes):
    cut = pieces(find_words(" ".join(f"w{i}" for i in range(words)), ""), count)
    assert [word.text for piece in cut for word in piece] == [f"w{i}" for i in range(words)]
    assert sorted(map(len, cut)) == sorted(sizes)


def test_a_phrase_is_taken_out_as_a_whole():
    words = find_words("", "soft red cotton")
    assert without("", "soft red cotton", [phrase(words[:2])]) == ("", "cotton")
    assert phrase(words[:1]) is words[0]


@pytest.mark.parametrize(
    ("end", "read"), [(0, ""), (4, "Blue"), (6, "Blue jeans"), (10, "Blue jeans"), (16, "all")]
)
def test_what_is_read_ends_with_a_word(end, read):
    text = "Blue jeans, soft ..."
    assert to_end_of_word(text, end) == (text if read == "all" else read)
