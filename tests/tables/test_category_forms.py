"""How categories are written is found out from all cells of their column."""

import json

import pytest

from prodcat.tables.category_forms import CategoryForm
from prodcat.tables.category_learning import learn_form
from prodcat.tables.table import open_table
from tests.tables.files import rows, write


def read_all(*cells):
    """Label and further listings of each cell, read as all of them together tell."""
    form = learn_form(cells)
    found = []
    for cell in cells:
        paths = form.read([cell])
        found.append((paths[0] if paths else (), paths[1:]))
    return found


def labels(*cells):
    return [label for label, _ in read_all(*cells)]


@pytest.mark.parametrize(
    "sign", [" > ", ">", " >> ", " » ", " › ", "/", " / ", "|", "\\", "::", "\n", ";"]
)
def test_levels_stand_between_whatever_sign_the_shop_has(sign):
    cells = [sign.join(path) for path in (("Women", "Jeans"), ("Women", "Skirts"), ("Men", "Hats"))]
    assert labels(*cells) == [("Women", "Jeans"), ("Women", "Skirts"), ("Men", "Hats")]


def test_a_sign_within_names_is_none_between_levels():
    flat = ["Hats/Caps", "Bags", "Belts/Braces", "Shoes", "Tops/Tees", "Jeans"]
    assert labels(*flat) == [(name,) for name in flat]
    tree = ["Home > Pots/Pans", "Home > Mugs", "Garden > Hoses", "Garden > A|B"]
    assert labels(*tree)[0] == ("Home", "Pots/Pans")
    assert labels(*tree)[3] == ("Garden", "A|B")


def test_escaped_signs_are_read():
    assert labels("Women &gt; Jeans", "Men &gt; Hats &amp; Caps") == [
        ("Women", "Jeans"),
        ("Men", "Hats & Caps"),
    ]
    assert labels(r"Toys > Ages \> 3", "Toys > Balls") == [("Toys", "Ages > 3"), ("Toys", "Balls")]


def test_two_signs_of_one_tree_are_both_read():
    assert labels("Women > Jeans", "Women|Dresses", "Men > Hats") == [
        ("Women", "Jeans"),
        ("Women", "Dresses"),
        ("Men", "Hats"),
    ]


def test_of_several_paths_the_deepest_of_the_first_tree_is_the_label():
    found = read_all(
        "Clothing, Clothing > Shirts, Sale",
        "Clothing > Trousers",
        "Sale",
    )
    assert found[0] == (("Clothing", "Shirts"), (("Clothing",), ("Sale",)))
    assert found[1] == (("Clothing", "Trousers"), ())


def test_a_comma_in_a_name_ends_no_path():
    cells = ["Clothing, Shoes & Jewelry > Women > Jeans", "Clothing, Shoes & Jewelry > Men"]
    assert labels(*cells)[0] == ("Clothing, Shoes & Jewelry", "Women", "Jeans")


@pytest.mark.parametrize("between", ["; ", "\n", ","])
def test_a_shops_own_root_is_left_out(between):
    found = read_all(
        f"Default Category/Women/Jeans{between}Default Category/New",
        "Default Category/Men/Shoes",
    )
    assert found == [(("Women", "Jeans"), (("New",),)), (("Men", "Shoes"), ())]


def test_a_root_that_not_all_share_stays():
    assert labels("Home > Beds", "Garden > Hoses") == [("Home", "Beds"), ("Garden", "Hoses")]
    assert labels("Home", "Home") == [("Home",), ("Home",)]


def test_lists_and_objects_are_read():
    assert labels(
        json.dumps(["Clothing >> Women's >> Jeans"]), json.dumps(["Footwear >> Men's"])
    ) == [
        ("Clothing", "Women's", "Jeans"),
        ("Footwear", "Men's"),
    ]
    assert read_all([["Clothing", "Jeans"], ["Sale", "Spring", "Jeans"]]) == [
        (("Clothing", "Jeans"), (("Sale", "Spring", "Jeans"),))
    ]
    assert labels(["Clothing, Shoes & Jewelry", "Men", "Hats"]) == [
        ("Clothing, Shoes & Jewelry", "Men", "Hats")
    ]
    assert labels("['Clothing', 'Men']") == [("Clothing", "Men")]
    assert labels({"lvl0": "Clothing", "lvl1": "Clothing > Caps"}) == [("Clothing", "Caps")]
    assert labels({"id": 7, "name": "Caps"}) == [("Caps",)]
    assert labels([{"id": 1, "name": "Clothing"}, {"id": 7, "name": "Caps"}]) == [
        ("Clothing", "Caps")
    ]
    assert labels("[red]x[/]") == [("[red]x[/]",)]


def test_words_for_nothing_are_no_category():
    assert labels("nan", "Women > Jeans", "Women > NULL", r"\N") == [
        (),
        ("Women", "Jeans"),
        ("Women",),
        (),
    ]


def test_what_was_found_is_told(tmp_path):
    path = write(
        tmp_path / "a.csv",
        'sku,name,categories\n1,a,"Default Category/Men/Tops,Default Category/New"\n'
        "2,b,Default Category/New\n",
    )
    assert open_table(path).told == (
        "id ← sku, name ← name, category ← categories (levels between /, several paths between ,,"
        " without the root 'Default Category')",
    )
    assert [(row.category, row.listings) for row in rows(path)] == [
        (("Men", "Tops"), (("New",),)),
        (("New",), ()),
    ]


def test_a_separator_that_is_named_counts(tmp_path):
    path = write(tmp_path / "a.csv", "name,category\na,Home/Pots > Pans\n")
    assert rows(path, separator="/")[0].category == ("Home", "Pots > Pans")


def test_how_articles_are_sold_is_no_category(tmp_path):
    path = write(tmp_path / "a.csv", "id,type,name\n1,simple,Boots\n2,variable,Hats\n")
    table = open_table(path)
    assert "category" not in table.columns
    assert "type tells how articles are sold (simple, variable)" in table.told[-1]
    assert open_table(path, columns={"category": "type"}).columns["category"] == ("type",)


def test_a_corpus_and_levels_in_columns_are_cut_at_no_sign(tmp_path):
    path = write(tmp_path / "a.csv", "name,main_category,sub_category\na,Home,Pots > Pans\n")
    assert rows(path)[0].category == ("Home", "Pots > Pans")


def test_nothing_is_learnt_of_no_cell():
    assert learn_form([]) == CategoryForm()


def test_parts_behind_different_paths_are_paths_and_the_rest_of_a_name_is_not():
    shop = [
        "Women > Jeans, Women, Sale",
        "Men > Shoes, Sale",
        "Men > Hats, New in",
        "Women > Belts, New in",
        r"Men > Watches > Digital\, Quartz, Sale",
    ]
    assert labels(*shop) == [
        ("Women", "Jeans"),
        ("Men", "Shoes"),
        ("Men", "Hats"),
        ("Women", "Belts"),
        ("Men", "Watches", "Digital, Quartz"),
    ]
    names = [
        "Women > Jackets, Coats",
        "Men > Jackets, Coats",
        "Men > Shirts",
        "Kids > Bed, Bath > X",
    ]
    assert labels(*names) == [
        ("Women", "Jackets, Coats"),
        ("Men", "Jackets, Coats"),
        ("Men", "Shirts"),
        ("Kids", "Bed, Bath", "X"),
    ]


def test_a_level_without_a_letter_or_digit_is_none():
    assert labels("Men > Shoes", "-", "Men > --", "Men > 3+") == [
        ("Men", "Shoes"),
        (),
        ("Men",),
        ("Men", "3+"),
    ]
