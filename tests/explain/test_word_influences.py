"""Which words did what."""

import pytest

from prodcat.explain.word_influences import WordSettings, word_influences
from tests.explain.answerers import VotingAnswerer, product, target_of

LONG = " ".join(f"Filler{i} says nothing much about it." for i in range(40))


def found(name="", description="", settings=None, reach=(10_000, 10_000)):
    asked, whole = VotingAnswerer(reach), product(name, description)
    target = target_of(asked, whole)
    asked.asked = 0
    terms = word_influences(asked, target, whole, settings)
    return {one.term.text: one.influence for one in terms}, asked.asked


def test_words_that_carry_and_words_that_speak_against_are_told_apart():
    words, _ = found("black boots strap", "with handle")
    assert words["boots"].answer > 0 > words["strap"].answer
    assert words["black"].answer == pytest.approx(0)
    assert words["boots"].rather == pytest.approx(3.0)
    assert words["strap"].rather == pytest.approx(-2.0)


def test_a_word_that_both_texts_have_counts_once_and_for_both():
    words, _ = found("boots", "boots strap")
    assert words["boots"].rather == pytest.approx(6.0)


def test_the_word_that_matters_is_found_in_a_long_description():
    words, asked = found("black thing", f"{LONG} leather boots. {LONG}")
    best = max(words, key=lambda text: words[text].answer)
    assert "boots" in best
    assert len(best.split()) < 20
    assert asked <= 24


@pytest.mark.parametrize("description", ["", LONG, LONG.replace(".", "")])
@pytest.mark.parametrize("name", ["boots", " ".join(f"word{i}" for i in range(60))])
def test_no_more_texts_are_asked_about_however_long_they_are(name, description):
    words, asked = found(name, description)
    settings = WordSettings()
    assert asked <= settings.texts + 1 + settings.depth
    assert " ".join(words).count("word") in (0, 60)


def test_what_the_model_does_not_read_is_left_out():
    words, _ = found("boots", "leather strap handle", reach=(5, 7))
    assert list(words) == ["boots", "leather"]


def test_a_text_without_words_has_no_influences():
    assert found("", "")[0] == {}


def test_the_same_product_is_explained_alike_every_time():
    assert found("boots strap", LONG) == found("boots strap", LONG)
