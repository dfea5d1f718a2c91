"""Headers that shops' exports have, and which field each one is.

Of Shopify, WooCommerce, Magento 2, PrestaShop, Shopware, Google's and Facebook's feeds, Amazon's
flat files, data sets on Kaggle and Hugging Face; and plain words in English, German, French,
Spanish, Italian, Dutch, Polish and Portuguese.
"""

import re
import unicodedata

from prodcat.wording import clean

NOTHING = re.compile(r"[\W_]+")

HEADERS: dict[str, str] = {
    "id": """
        id, product id, item id, uniq id, unique id, article id, id product, prod id, pid, asin,
        parent asin, sku, item sku, seller sku, product code, item code, article number,
        item number, order number, product number, reference, handle, style id, ean, gtin,
        Produkt-ID, Artikel-ID, Artikelnummer, Artikelnr, Artikel-Nr, Art-Nr, Bestellnummer,
        Produktnummer, identifiant, référence, réf, ID produit, identificador, referencia,
        código, codice, codice prodotto, riferimento, productcode, artikelcode, ID produktu,
        kod produktu, kod, indeks, código do produto
    """,
    "name": """
        name, title, product name, product title, product display name, item name, item title,
        display name, article name, product,
        Produktname, Produktbezeichnung, Produkttitel, Artikelname, Artikelbezeichnung,
        Bezeichnung, Titel, Produkt, nom, nom du produit, nom produit, titre, libellé, désignation,
        intitulé, nombre, nombre del producto, nombre producto, título, nome, nome prodotto,
        nome del prodotto, titolo, denominazione, naam, productnaam, artikelnaam, nazwa,
        nazwa produktu, tytuł, nome do produto, nome produto
    """,
    "description": """
        description, product description, desc, long description, description long,
        full description, body html, body, description html, html description, item description,
        about product, product details, details, short description, description short, summary,
        description text, text, caption,
        Beschreibung, Produktbeschreibung, Artikelbeschreibung, Langbeschreibung, Langtext,
        Beschreibungstext, Kurzbeschreibung, descriptif, description longue, description produit,
        description du produit, description courte, résumé, descripción, descripción larga,
        descripción del producto, descripción corta, descrizione, descrizione lunga,
        descrizione prodotto, descrizione breve, omschrijving, beschrijving,
        productomschrijving, productbeschrijving, opis, opis produktu, pełny opis, krótki opis,
        descrição, descrição do produto, descrição completa, descrição curta
    """,
    "image": """
        image, image path, image file, picture, image src, image link, image url, img, img url,
        img src, main image, main image url, main image link, base image, featured image,
        primary image, primary image url, product image, product image url, images, image urls,
        image links, image urls x y z, pictures, picture url, photo, photo url, photos,
        image 1, image1, image url 1, picture 1, file name, filename, file path, path, cover image,
        medium, im url, high res, cover media url, thumbnail, small image,
        Bild, Bild-URL, Bildpfad, Bildlink, Bilder, Hauptbild, Produktbild, Produktbilder, Bild 1,
        Bild1, URL image, URL de l'image, lien image, image principale, imagen, imágenes,
        imagen principal, URL imagen, foto, fotos, immagine, immagini, immagine principale,
        URL immagine, afbeelding, afbeeldingen, hoofdafbeelding, afbeelding URL, zdjęcie, zdjęcia,
        zdjęcie główne, obraz, obrazek, imagem, imagens, imagem principal, URL da imagem
    """,
    "category": """
        category, category path, category full path, category tree, product category tree,
        categories, categories x y z, product categories, custom product type, product type,
        category name,
        category names, product category, item category, item type, item type keyword, type,
        breadcrumb, breadcrumbs, browse path, feed product type, taxonomy, product taxonomy,
        google product category, fb product category, label, class, class name, target,
        Kategorie, Kategorien, Kategoriepfad, Produktkategorie, Warengruppe, Warengruppenpfad,
        Produkttyp, catégorie, catégories, chemin de catégorie, rayon, famille,
        type de produit, categoría, categorías, tipo de producto, ruta de categoría, categoria,
        categorie, categoria prodotto, tipo prodotto, categorieën, categorie pad, productgroep,
        kategoria, kategorie, ścieżka kategorii, kategoria produktu, categorias,
        categoria do produto
    """,
    "split": "split, dataset split, subset",
    "group": "group, group id, item group id",
    "url": """
        url, product url, link, product link, permalink, product page, page url, canonical url,
        Produkt-URL, Link zum Produkt, URL produit, lien, URL producto, enlace, URL prodotto,
        adres, URL produktu
    """,
    "brand": """
        brand, brand name, manufacturer, manufacturer name, Marke, Hersteller, marque, fabricant,
        marca, fabricante, produttore, merk, fabrikant, producent
    """,
    "price": """
        price, sale price, regular price, variant price, selling price, retail price, list price,
        unit price, price tax excl, price tax incl, Preis, Verkaufspreis, Bruttopreis, prix,
        prix de vente, prix TTC, precio, precio de venta, prezzo, prezzo di vendita, prijs,
        verkoopprijs, cena, cena brutto, preço, preço de venda
    """,
    "currency": "currency, currency code, Währung, devise, moneda, valuta, waluta, moeda",
    "locale": "locale, language, lang, Sprache, langue, idioma, lingua, taal, język",
}
"""Field → headers that are looked for, in this order, when none is named."""

LEVELS: tuple[str, ...] = (
    "gender, master category, sub category, article type",
    "gender, category, sub category, product type",
    "main category, sub category, product type",
    "master category, sub category, article type",
    "category, sub category, product type",
    "category, sub category, sub sub category",
    "category 1, category 2, category 3",
    "category level 1, category level 2, category level 3",
    "category l1, category l2, category l3",
    "level 1, level 2, level 3",
    "lvl 0, lvl 1, lvl 2",
    "main category, sub category",
    "category, sub category",
    "category 1, category 2",
    "category level 1, category level 2",
    "Hauptkategorie, Unterkategorie",
    "catégorie, sous catégorie",
    "categoría, subcategoría",
    "categoria, sottocategoria",
    "categoria, subcategoria",
    "hoofdcategorie, subcategorie",
    "kategoria, podkategoria",
)
"""Headers of columns that together are the levels of a category. They go before single ones:
the one called "category" is then their top alone."""


def plain_header(header: str) -> str:
    """Return what a header says, whatever its case, spaces, underscores, marks and accents.

    >>> plain_header("Body (HTML)"), plain_header("g:image_link"), plain_header("catégorie")
    ('bodyhtml', 'imagelink', 'categorie')
    """
    # The names of Google's feeds may stand in a namespace of their own.
    header = header.removeprefix("g:")
    letters = unicodedata.normalize("NFKD", header.casefold())
    # The Polish ł is a letter of its own to Unicode.
    return NOTHING.sub("", "".join(c for c in letters if not unicodedata.combining(c))).replace(
        "ł", "l"
    )


def shown_header(header: str) -> str:
    """Return a header as a terminal may show it."""
    return clean(header).strip() or "(no name)"


def plain_headers(listed: str) -> tuple[str, ...]:
    """Return the headers of a list with commas between."""
    return tuple(filter(None, map(plain_header, listed.split(","))))


PLAIN_HEADERS = {field: plain_headers(listed) for field, listed in HEADERS.items()}
PLAIN_LEVELS = tuple(map(plain_headers, LEVELS))
