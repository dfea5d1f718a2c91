import gzip
import json
import os
from time import process_time

import pytest

from prodcat.corpus.store import Corpus
from prodcat.errors import ProdcatError, TaxonomyError
from prodcat.taxonomy.tree import Taxonomy
from prodcat.trees.tree_files import read_tree

SHOES = [("Shoes",), ("Shoes", "Boots"), ("Shoes", "Boots", "Chelsea"), ("Bags",)]
"""What each of the forms says."""


def paths(tree):
    return sorted(tree.path(category) for category in tree.categories)


GOOGLE = """# Google_Product_Taxonomy_Version: 2019-07-10
1 - Shoes
2 - Shoes > Boots
30 - Shoes > Boots > Chelsea
4 - Bags
"""
SHOPIFY = """# Shopify Product Taxonomy
# Format: {GID} : {Ancestor name} > ... > {Category name}

gid://shopify/TaxonomyCategory/aa      : Shoes
gid://shopify/TaxonomyCategory/aa-1    : Shoes > Boots
gid://shopify/TaxonomyCategory/aa-1-10 : Shoes > Boots > Chelsea
gid://shopify/TaxonomyCategory/bb      : Bags
"""
FULL_NAMES = """---
- id: aa
  full_name: Shoes
- id: aa-1
  full_name: 'Shoes > Boots'
- id: aa-1-10
  full_name: "Shoes > Boots >
    Chelsea"
- id: bb
  full_name: Bags
"""
SHOPSTYLE = {
    "root": "all",
    "categories": {
        "all": {"name": "Everything", "parent": None},
        "shoes": {"name": "Shoes", "parent": "all"},
        "boots": {"name": "Boots", "parent": "shoes", "fullName": "Women's Boots"},
        "chelsea": {"name": "Chelsea", "parent": "boots"},
        "bags": {"name": "Bags", "parent": "all"},
    },
}
FORMS = {
    "google.txt": GOOGLE,
    "shopify.txt": SHOPIFY,
    "full_names.yml": FULL_NAMES,
    "arrows.txt": "Shoes > Boots > Chelsea\nBags\n",
    "tight.txt": "Shoes>Boots>Chelsea\nBags\n",
    "french.txt": "Shoes » Boots » Chelsea\nBags\n",
    "slashes.txt": "/Shoes\n/Shoes/Boots\n/Shoes/Boots/Chelsea\n/Bags\n",
    "bars.txt": "Shoes | Boots\nShoes | Boots | Chelsea\nBags\n",
    "tabs.txt": "Shoes\n\tBoots\n\t\tChelsea\nBags\n",
    "spaces.txt": "Shoes\n  Boots\n     Chelsea\nBags\n",
    "bullets.md": "- Shoes\n  - Boots\n    - Chelsea\n- Bags\n",
    "dashes.txt": "Shoes\n- Boots\n-- Chelsea\nBags\n",
    "drawn.txt": "Shoes\n└── Boots\n    └── Chelsea\nBags\n",
    "shopstyle.json": json.dumps(SHOPSTYLE),
    "nested.json": json.dumps(
        [
            {"name": "Shoes", "children": [{"name": "Boots", "children": [{"name": "Chelsea"}]}]},
            {"name": "Bags", "children": []},
        ]
    ),
    "objects.json": json.dumps({"Shoes": {"Boots": ["Chelsea"]}, "Bags": {}}),
    "paths.json": json.dumps(["Shoes > Boots > Chelsea", "Bags"]),
    "flat.json": json.dumps(
        [
            {"id": 3, "name": "Chelsea", "parent_id": 2},
            {"id": 2, "name": "Boots", "parent_id": 1},
            {"id": 1, "name": "Shoes", "parent_id": None},
            {"id": 4, "name": "Bags", "parent_id": None},
        ]
    ),
    "ours.json": json.dumps(Taxonomy.from_paths(SHOES).to_dict()),
    "levels.csv": "level 1,level 2,level 3\nShoes,Boots,Chelsea\nBags,,\n",
    "outline.csv": "Level 1;Level 2;Level 3\nShoes;;\n;Boots;\n;;Chelsea\nBags;;\n",
    "path.csv": "id,path\n1,Shoes > Boots > Chelsea\n2,Bags\n",
    "path.tsv": "code\tcategory\n1\tShoes/Boots/Chelsea\n2\tShoes/Boots\n3\tBags\n",
    "parents.csv": "id,name,parent_id\n3,Chelsea,2\n1,Shoes,0\n2,Boots,1\n4,Bags,\n",
    "named.csv": "name,parent\nShoes,\nBoots,Shoes\nChelsea,Boots\nBags,\n",
    "headless.csv": "1,Shoes,,\n2,Shoes,Boots,\n3,Shoes,Boots,Chelsea\n4,Bags,,\n",
    "paths.csv": "Shoes > Boots > Chelsea\nBags\n",
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_a_tree_is_read(tmp_path, name):
    (tmp_path / name).write_text(FORMS[name])
    assert paths(read_tree(tmp_path / name)) == sorted(SHOES)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("google.txt", ["1", "2", "30", "4"]),
        ("full_names.yml", ["aa", "aa-1", "aa-1-10", "bb"]),
        ("shopstyle.json", ["bags", "boots", "chelsea", "shoes"]),
        ("parents.csv", ["1", "2", "3", "4"]),
        ("arrows.txt", ["Bags", "Shoes", "Shoes > Boots", "Shoes > Boots > Chelsea"]),
    ],
)
def test_ids_are_kept_where_a_file_has_them_and_are_paths_elsewhere(tmp_path, name, ids):
    (tmp_path / name).write_text(FORMS[name])
    assert sorted(read_tree(tmp_path / name).categories) == ids


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_tree_in_another_encoding_is_read(tmp_path, encoding):
    file = tmp_path / "tree.txt"
    file.write_bytes("Möbel > Stühle\nMöbel > Tische\nBäder\n".encode(encoding))
    assert ("Möbel", "Stühle") in paths(read_tree(file))


def test_a_slash_within_a_name_is_no_level(tmp_path):
    file = tmp_path / "tree.txt"
    file.write_text("Clothing > Pants/Shorts\nClothing > Coats\n")
    assert ("Clothing", "Pants/Shorts") in paths(read_tree(file))


def test_a_gzipped_tree_is_read(tmp_path):
    file = tmp_path / "tree.txt.gz"
    file.write_bytes(gzip.compress(GOOGLE.encode()))
    assert paths(read_tree(file)) == sorted(SHOES)


def test_a_workbook_is_read(tmp_path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(str(tmp_path / "tree.xlsx")) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([[1, "Shoes"], [2, "Shoes", "Boots"], [3, "Bags"]]):
            sheet.write_row(place, 0, row)
    tree = read_tree(tmp_path / "tree.xlsx")
    assert tree.path("2") == ("Shoes", "Boots")
    assert len(tree) == 3


def test_the_categories_of_a_corpus_are_a_tree(tmp_path):
    with Corpus.open(tmp_path / "shop.db", create=True) as corpus:
        corpus.upsert_categories("shop", Taxonomy.from_paths(SHOES))
    assert paths(read_tree(tmp_path / "shop.db")) == sorted(SHOES)


def test_the_tree_of_a_model_is_read(model_dir):
    assert len(read_tree(model_dir)) > 1


BROKEN = {
    "a line of another form": (
        "tree.txt",
        GOOGLE + "".join(f"{n} - Bags > {n}\n" for n in range(50, 70)) + "Hats\n",
        "line 26: expected `id - A > B > C`",
    ),
    "an id that is there twice": ("tree.txt", GOOGLE + "4 - Hats\n", "line 6: the id '4'"),
    "a level without a name": ("tree.txt", "A > B\nA >  > C\n", "line 2: a level"),
    "a line that hangs between": ("tree.txt", "A\n    B\n  C\n", "line 3: '  C' is indented"),
    "a parent that is not there": (
        "tree.csv",
        "id,name,parent\n1,A,\n2,B,7\n",
        "line 3: the parent '7'",
    ),
    "a ring": ("tree.csv", "id,name,parent\n1,A,2\n2,B,1\n", "hang in a cycle"),
    "columns that say nothing": (
        "tree.csv",
        "price,name of seller,stock\n1,x,2\n",
        "expected one with paths",
    ),
    "JSON that ends early": ("tree.json", '{"categories": [', "is not JSON"),
    "JSON that is deep": ("tree.json", "[" * 200_000, "nested too deep"),
    "JSON of numbers": ("tree.json", "[1, 2]", "an object was expected"),
    "levels without end": ("tree.txt", " > ".join("abcdefghij" * 11), "110 levels"),
    "a line without end": ("tree.txt", "a" * 20_000, "line 1: 20,000 characters"),
    "comments alone": ("tree.txt", "# nothing\n\n", "has no categories"),
    "nothing": ("tree.txt", "", "is empty"),
    "what is no text": ("tree.txt", "\x01\x02\x03" * 99, "no tree that we know: it is no text"),
    "YAML of something else": ("t.yml", FULL_NAMES + "- [x]\n", "line 11: expected `- id:`"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused_in_one_line_that_says_where(tmp_path, case):
    name, text, message = BROKEN[case]
    (tmp_path / name).write_text(text)
    with pytest.raises(TaxonomyError) as caught:
        read_tree(tmp_path / name)
    assert message in str(caught.value)
    assert str(caught.value).count("\n") == 0
    assert len(str(caught.value)) < 500


def test_many_spaces_and_deep_levels_take_no_longer_than_other_lines(tmp_path):
    file = tmp_path / "tree.txt"
    lines = [f"Shoes {number}{' ' * 9_900}x" for number in range(500)]
    file.write_text("\n".join(["T-Shirts", *lines]))
    began = process_time()
    assert "T-Shirts" in read_tree(file)
    # A minute a line, when it was looked for bullets at each space.
    assert process_time() - began < 60


@pytest.mark.parametrize("content", ["null", "3", '"shoes"', "true"])
def test_json_of_one_value_is_no_tree(tmp_path, content):
    (tmp_path / "tree.json").write_text(content)
    with pytest.raises(TaxonomyError, match="has no categories"):
        read_tree(tmp_path / "tree.json")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "tree.txt")
    with pytest.raises(TaxonomyError, match="pipe"):
        read_tree(tmp_path / "tree.txt")


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ProdcatError, match="No file or folder"):
        read_tree(tmp_path / "tree.txt")
