from prodcat.starting.phrases import made_names, phrases, words_of


def test_a_plural_and_its_singular_are_one_word() -> None:
    assert words_of("Dresses, T-Shirts and Accessories") == ["dress", "tshirt", "and", "accessory"]
    assert words_of("Glass") == words_of("glass")


def test_a_category_without_letters_still_has_phrases() -> None:
    assert len(phrases(("123",))) == len(phrases(("Shoes", "Boots")))
    assert made_names(("!",))


def test_braces_in_a_category_are_no_place_holder() -> None:
    assert made_names(("{0} tools",))[0] == "{0} tools"
