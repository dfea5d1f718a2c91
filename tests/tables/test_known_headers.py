"""The usual headers of the usual exports are known, and what became of each is told."""

import pytest

from prodcat.errors import TableError
from prodcat.tables.columns import FIELDS, match_columns
from prodcat.tables.rows import WEB_ADDRESS
from prodcat.tables.table import open_table
from tests.tables.files import rows, write

EXPORTS = {
    "Shopify": (
        "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Variant SKU,Image Src",
        {"id": "Handle", "name": "Title", "description": "Body (HTML)", "category": "Type"}
        | {"image": "Image Src"},
    ),
    "WooCommerce": (
        "ID,Type,SKU,Name,Published,Short description,Description,Regular price,Categories,Images",
        {"id": "ID", "name": "Name", "description": "Description", "category": "Categories"}
        | {"image": "Images", "price": "Regular price"},
    ),
    "Magento 2": (
        "sku,product_type,categories,name,description,short_description,price,base_image",
        {"id": "sku", "name": "name", "description": "description", "category": "categories"}
        | {"image": "base_image", "price": "price"},
    ),
    "PrestaShop": (
        "Product ID;Name *;Categories (x,y,z...);Price tax excluded;Summary;Image URLs (x,y,z...)",
        {"id": "Product ID", "name": "Name *", "description": "Summary"}
        | {"image": "Image URLs (x,y,z...)", "category": "Categories (x,y,z...)"},
    ),
    "Google": (
        "g:id,g:title,g:description,g:link,g:image_link,g:google_product_category,g:product_type",
        {"id": "g:id", "name": "g:title", "description": "g:description", "url": "g:link"}
        | {"image": "g:image_link", "category": "g:product_type"},
    ),
    "Amazon": (
        "item_sku,item_name,product_description,feed_product_type,main_image_url,brand_name",
        {"id": "item_sku", "name": "item_name", "description": "product_description"}
        | {"category": "feed_product_type", "image": "main_image_url", "brand": "brand_name"},
    ),
    "camels": (
        "productId,productDisplayName,longDescription,categoryPath,imagePath",
        {"id": "productId", "name": "productDisplayName", "description": "longDescription"}
        | {"category": "categoryPath", "image": "imagePath"},
    ),
    "Hugging Face": (
        "image,text,label",
        {"image": "image", "description": "text"} | {"category": "label"},
    ),
    "German": (
        "Artikelnummer;Bezeichnung;Beschreibung;Warengruppe;Bild-URL;Preis",
        {"id": "Artikelnummer", "name": "Bezeichnung", "description": "Beschreibung"}
        | {"category": "Warengruppe", "image": "Bild-URL", "price": "Preis"},
    ),
    "French": (
        "Référence;Désignation;Descriptif;Catégorie;Image",
        {"id": "Référence", "name": "Désignation", "description": "Descriptif"}
        | {"category": "Catégorie", "image": "Image"},
    ),
    "Spanish": (
        "Código;Título;Descripción;Categoría;Imagen",
        {"id": "Código", "name": "Título", "description": "Descripción"}
        | {"category": "Categoría", "image": "Imagen"},
    ),
    "Italian": (
        "Codice;Nome prodotto;Descrizione;Categoria;Immagine",
        {"id": "Codice", "name": "Nome prodotto", "description": "Descrizione"}
        | {"category": "Categoria", "image": "Immagine"},
    ),
    "Dutch": (
        "Artikelnummer;Naam;Omschrijving;Categorie;Afbeelding",
        {"id": "Artikelnummer", "name": "Naam", "description": "Omschrijving"}
        | {"category": "Categorie", "image": "Afbeelding"},
    ),
    "Polish": (
        "Kod produktu;Nazwa;Opis;Kategoria;Zdjęcie",
        {"id": "Kod produktu", "name": "Nazwa", "description": "Opis"}
        | {"category": "Kategoria", "image": "Zdjęcie"},
    ),
    "Portuguese": (
        "SKU;Nome do produto;Descrição;Categoria;Imagem",
        {"id": "SKU", "name": "Nome do produto", "description": "Descrição"}
        | {"category": "Categoria", "image": "Imagem"},
    ),
}


@pytest.mark.parametrize("shop", EXPORTS)
def test_the_columns_of_an_export_are_found(shop):
    header, expected = EXPORTS[shop]
    header = header.split(";" if ";" in header else ",")
    # A header that has commas of its own, as PrestaShop's, is one here.
    found = match_columns(header, {}, FIELDS, shop)
    assert {field: columns[0] for field, columns in found.items()} == expected


def test_levels_of_a_category_are_found_together():
    header = ["ProductId", "Gender", "Category", "SubCategory", "ProductType", "ProductTitle"]
    found = match_columns(header, {}, FIELDS, "t")
    assert found["category"] == ("Gender", "Category", "SubCategory", "ProductType")
    assert found["name"] == ("ProductTitle",)


def test_what_is_read_and_what_is_not_is_told(tmp_path):
    path = write(tmp_path / "a.csv", "Title,Body (HTML),Vendor,Tags,Product Name\nBoots,x,y,z,w\n")
    mapping, choice = open_table(path).told
    assert mapping == (
        "name ← Title, description ← Body (HTML); not read: Vendor, Tags, Product Name"
    )
    assert choice.startswith(
        "Product Name could be the name as well as Title; another is chosen by"
    )
    assert open_table(path).describe()["not_read"] == ["Vendor", "Tags", "Product Name"]


def test_a_named_column_may_be_written_otherwise(tmp_path):
    path = write(tmp_path / "a.csv", "Art. Nr.,Words\n1,Boots\n")
    (row,) = rows(path, columns={"id": "art nr", "name": "WORDS"})
    assert (row.id, row.name) == ("1", "Boots")


def test_control_characters_of_a_header_are_not_told():
    with pytest.raises(TableError) as failure:
        match_columns(["na\x1b[31mme", "\x07"], {}, FIELDS, "t.csv")
    assert "\x1b" not in str(failure.value)
    assert "\x07" not in str(failure.value)


def test_two_columns_of_one_name_are_refused_where_they_are_read():
    with pytest.raises(TableError, match="2 columns called 'name', and the name cannot be read"):
        match_columns(["id", "name", "name"], {}, FIELDS, "t.csv")
    found = match_columns(["id", "name", "tags", "tags"], {}, FIELDS, "t.csv")
    assert found["name"] == ("name",)


def test_a_row_that_continues_a_product_is_joined_to_it(tmp_path):
    path = write(
        tmp_path / "a.csv",
        "Handle,Title,Type,Image Src,Variant SKU\nboots,Boots,Shoes,a.jpg,1\nboots,,,b.jpg,2\n"
        "boots,,,,3\nhat,Hat,Hats,,4\nhat,,,c.jpg,5\n,,,,\n",
    )
    found = rows(path)
    assert [(row.name, row.continues) for row in found] == [
        ("Boots", None),
        ("Boots", 1),
        ("Boots", 1),
        ("Hat", None),
        ("Hat", 4),
        ("", None),
    ]
    # Begun in the middle of a product, as a run that goes on does, it is the same.
    table = open_table(path)
    for start in range(len(found)):
        assert list(table.rows(start)) == found[start:]


def test_rows_of_further_pictures_on_the_web_are_joined_too(tmp_path):
    path = write(
        tmp_path / "a.csv",
        "Handle,Title,Image Src,Image Position\n"
        "boots,Boots,https://shop.example/1.jpg,1\nboots,,https://shop.example/2.jpg,2\n"
        "hat,Hat,,\nhat,,https://shop.example/3.jpg,1\n",
    )
    found = rows(path)
    assert [(row.name, row.continues) for row in found] == [
        ("Boots", None),
        ("Boots", 1),
        ("Hat", None),
        ("Hat", 3),
    ]
    # A picture that comes in a row below is the product's as well.
    assert [row.image_url[-5:] for row in found] == ["1.jpg", "1.jpg", "3.jpg", "3.jpg"]
    assert [row.problems for row in found] == [(WEB_ADDRESS,), (), (WEB_ADDRESS,), ()]


def test_pictures_of_rows_that_continue_a_product_are_further_ones_of_it(tmp_path):
    path = write(tmp_path / "a.csv", "id,name,image\n1,Boots,a.jpg\n1,,b.jpg\n1,,a.jpg\n2,Hat,\n")
    first, *_, last = rows(path)
    assert (first.image, first.further_images) == (tmp_path / "a.jpg", (tmp_path / "b.jpg",))
    assert (last.image, last.further_images) == (None, ())
    (tmp_path / "b.jpg").touch()
    assert rows(path)[0].image == tmp_path / "b.jpg"


def test_a_product_of_endless_rows_is_joined_without_holding_them(tmp_path, monkeypatch):
    monkeypatch.setattr("prodcat.tables.table.LOOK_BACK", 3)
    path = write(tmp_path / "a.csv", "id,name\n1,Boots\n" + "1,\n" * 10 + "2,Hat\n")
    found = rows(path)
    assert [(row.number, row.name) for row in found] == [
        *((number, "Boots") for number in range(1, 12)),
        (12, "Hat"),
    ]
    assert {row.continues for row in found[1:11]} == {1}
