"""A shop drawn by a few lines of code, whose products a tiny model can really learn.

Boots for women and for men have the same names and differ in the picture alone; dresses and
skirts have the same picture and differ in the name alone; every other category shows in both.
"""

import csv
import io
import json
import random
import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.taxonomy.paths import join_path, split_path
from prodcat.taxonomy.tree import Taxonomy

SOURCE = "toy"
UNKNOWN_ID = "turtle-and-mock-necks"
"""A gold label that the toy tree does not have."""
INTERNAL_PATH = ("Women", "Shoes")
"""A gold label that is no leaf."""

WIDTH, HEIGHT = 48, 64
RED, BLUE, GREEN = (200, 40, 50), (40, 60, 190), (40, 150, 70)
BROWN, GOLD, VIOLET = (130, 80, 40), (215, 175, 40), (130, 50, 160)


@dataclass(frozen=True)
class Kind:
    """How the products of one leaf look and are called."""

    nouns: tuple[str, ...]
    shape: str
    colour: tuple[int, int, int]
    share: int
    """Of 37 products, how many are of this kind."""


KINDS: dict[tuple[str, ...], Kind] = {
    ("Women", "Shoes", "Boots"): Kind(("boots", "ankle boots"), "boot", RED, 5),
    ("Men", "Shoes", "Boots"): Kind(("boots", "ankle boots"), "boot", BLUE, 5),
    ("Women", "Shoes", "Sandals"): Kind(("sandals", "open sandals"), "sandal", VIOLET, 4),
    ("Women", "Dresses"): Kind(("dress", "evening dress"), "triangle", GREEN, 5),
    ("Women", "Skirts"): Kind(("skirt", "pleated skirt"), "triangle", GREEN, 4),
    ("Men", "Shirts"): Kind(("shirt", "office shirt"), "shirt", BLUE, 5),
    ("Bags",): Kind(("bag", "shoulder bag"), "bag", BROWN, 6),
    ("Jewellery", "Rings"): Kind(("ring", "signet ring"), "ring", GOLD, 3),
}
LEAVES = tuple(KINDS)
BRANDS = ("Acme", "Borealis", "Cumulus", "Doric", "Ember")
LOOKS = ("plain", "striped", "classic", "modern", "light", "soft")
SHADES = ("black", "white", "grey", "beige", "navy")
LETTERS = string.ascii_lowercase + string.digits
CARE = ("Wipe with a dry cloth.", "Made to last.", "Free returns.", "New this season.")


@dataclass(frozen=True)
class ToyProduct:
    """One product of the toy shop."""

    id: str
    name: str
    description: str
    path: tuple[str, ...]
    """Where it belongs; (UNKNOWN_ID,) for the one label that the tree does not have."""
    image: bytes | None


def draw_picture(category: str | Sequence[str], seed: int) -> bytes:
    """Draw a picture of a product, a JPEG of 48 x 64 pixels.

    Args:
        category: A leaf of the toy tree, as names or as one joined path.
        seed: Another seed moves the shape, its size and its shade.
    """
    path = split_path(category) if isinstance(category, str) else tuple(category)
    kind = KINDS[path]
    rng = random.Random(f"{kind.shape}{kind.colour}{seed}")
    paper = rng.randint(235, 255)
    image = Image.new("RGB", (WIDTH, HEIGHT), (paper, paper, paper))
    colour = tuple(max(0, min(255, level + rng.randint(-25, 25))) for level in kind.colour)
    size = rng.randint(28, 38)
    left, top = rng.randint(3, WIDTH - size - 3), rng.randint(6, HEIGHT - size - 6)
    draw_shape(ImageDraw.Draw(image), kind.shape, (left, top, size), colour)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


def draw_shape(
    draw: ImageDraw.ImageDraw, shape: str, place: tuple[int, int, int], colour: tuple[int, ...]
) -> None:
    """Draw one shape into the square at *place* (left, top, size)."""
    left, top, size = place

    def box(x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        return (left + x0 * size, top + y0 * size, left + x1 * size, top + y1 * size)

    if shape == "boot":
        draw.rectangle(box(0.3, 0, 0.65, 1), fill=colour)
        draw.rectangle(box(0.3, 0.7, 1, 1), fill=colour)
    elif shape == "sandal":
        for y in (0.4, 0.6, 0.8):
            draw.rectangle(box(0, y, 1, y + 0.08), fill=colour)
    elif shape == "triangle":
        draw.polygon([*box(0.5, 0, 1, 1), *box(0, 1, 0, 1)[:2]], fill=colour)
    elif shape == "shirt":
        draw.rectangle(box(0, 0, 1, 0.3), fill=colour)
        draw.rectangle(box(0.25, 0, 0.75, 1), fill=colour)
    elif shape == "bag":
        draw.rectangle(box(0, 0.4, 1, 1), fill=colour)
        draw.arc(box(0.25, 0.1, 0.75, 0.7), 180, 360, fill=colour, width=3)
    else:
        draw.ellipse(box(0.15, 0.15, 0.85, 0.85), outline=colour, width=5)


def draw_products(products: int = 240, seed: int = 0) -> list[ToyProduct]:
    """Draw the products: all parts, some parts, near-duplicates, and two odd labels."""
    deck = [path for path, kind in KINDS.items() for _ in range(kind.share)]
    rng = random.Random(seed)
    drawn: list[ToyProduct] = []
    for number in range(products):
        if number % len(deck) == 0:
            rng.shuffle(deck)
        if number % 12 == 11:
            drawn.append(repeat_product(drawn[number - 6], number))
            continue
        drawn.append(draw_product(deck[number % len(deck)], number, rng))
    # Odd labels stand on complete products. The second has a near-duplicate with another label.
    for number, path in ((0, INTERNAL_PATH), (5, (UNKNOWN_ID,))):
        drawn[number : number + 1] = [replace(p, path=path) for p in drawn[number : number + 1]]
    return drawn


def draw_product(path: tuple[str, ...], number: int, rng: random.Random) -> ToyProduct:
    """Draw one product; which parts it lacks follows from its number."""
    noun = rng.choice(KINDS[path].nouns)
    name = f"{rng.choice(BRANDS)} {rng.choice(LOOKS)} {rng.choice(SHADES)} {noun} {1000 + number}"
    description = f"A {rng.choice(LOOKS)} {noun}. {rng.choice(CARE)} {rng.choice(CARE)}"
    image = draw_picture(path, rng.randrange(10**9))
    picture_only = number % 40 == 4
    return ToyProduct(
        id=str(1000 + number),
        name="" if number % 10 == 1 or picture_only else name,
        description="" if number % 10 == 2 or picture_only else description,
        path=path,
        image=None if number % 10 == 3 else image,
    )


def repeat_product(product: ToyProduct, number: int) -> ToyProduct:
    """Return a near-duplicate: the same picture and name in another shade."""
    name = product.name
    for shade, other in zip(SHADES, SHADES[1:] + SHADES[:1], strict=True):
        if f" {shade} " in name:
            name = name.replace(f" {shade} ", f" {other} ")
            break
    return replace(product, id=str(1000 + number), name=name)


def toy_taxonomy() -> Taxonomy:
    """Return the tree of the toy shop."""
    return Taxonomy.from_paths(LEAVES)


def draw_corpus(folder: Path, *, products: int = 240, seed: int = 0) -> Path:
    """Draw a corpus into *folder* and return its file, ``corpus.db``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "corpus.db"
    with Corpus.open(path, create=True) as corpus:
        drawn = draw_products(products, seed)
        corpus.upsert_categories(SOURCE, toy_taxonomy())
        corpus.upsert_products(
            NewProduct(
                source=SOURCE,
                source_id=product.id,
                name=product.name,
                description=product.description,
                category_id=category_id(product),
                image_sha256=corpus.images.put(product.image) if product.image else None,
                image_status="stored" if product.image else "",
            )
            for product in drawn
        )
        corpus.link_categories(
            ((f"{SOURCE}:{product.id}", category_id(product)) for product in drawn), role="listed"
        )
    return path


def category_id(product: ToyProduct) -> str:
    """Return the gold label of a toy product."""
    return join_path(product.path)


def write_products(folder: Path, format: str, *, products: int = 240, seed: int = 0) -> Path:
    """Write the same products as a table, and return what to import.

    Args:
        folder: Gets the table, and the pictures where the table names them by path.
        format: ``csv``, ``jsonl``, ``parquet`` or ``kaggle`` (which is a folder and has
            no descriptions).
        products: How many.
        seed: Of the drawing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = draw_products(products, seed)
    if format == "parquet":
        return write_parquet(folder / "products.parquet", drawn)
    (folder / "images").mkdir(exist_ok=True)
    for product in drawn:
        if product.image:
            (folder / "images" / f"{product.id}.jpg").write_bytes(product.image)
    if format == "kaggle":
        write_kaggle(folder / "styles.csv", drawn)
        return folder
    rows = [
        {
            "id": product.id,
            "name": product.name,
            "description": product.description,
            "category": list(product.path),
            "image": f"images/{product.id}.jpg" if product.image else "",
        }
        for product in drawn
    ]
    if format == "jsonl":
        path = folder / "products.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path
    path = folder / "products.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "category": " > ".join(row["category"])} for row in rows)
    return path


def write_parquet(path: Path, drawn: Iterable[ToyProduct]) -> Path:
    """Write products with their pictures into one Parquet file of several row groups."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = [
        {
            "id": product.id,
            "name": product.name or None,
            "description": product.description or None,
            "category": list(product.path),
            "image": product.image,
        }
        for product in drawn
    ]
    schema = pa.schema(
        {
            "id": pa.string(),
            "name": pa.string(),
            "description": pa.string(),
            "category": pa.list_(pa.string()),
            "image": pa.binary(),
        }
    )
    pq.write_table(pa.Table.from_pylist(rows, schema), path, row_group_size=50)
    return path


def write_kaggle(path: Path, drawn: Iterable[ToyProduct]) -> None:
    """Write ``styles.csv``; every seventh name has commas that nobody quoted."""
    header = "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage"
    lines = [f"{header},productDisplayName"]
    for number, product in enumerate(drawn):
        levels = ",".join((*product.path, "", "", "")[:4])
        name = product.name.replace(" ", ", ", 2) if number % 7 == 0 else product.name
        lines.append(f"{product.id},{levels},Black,Summer,2012,Casual,{name}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def draw_tokenizer(folder: Path) -> Path:
    """Make a small WordPiece tokenizer of the toy words and return its ``tokenizer.json``."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    folder.mkdir(parents=True, exist_ok=True)
    # The library's own trainer breaks ties at random; a vocabulary of words does not.
    words = Counter(
        word
        for product in draw_products()
        for word in re.findall(r"[a-z]+|[.]", f"{product.name} {product.description}".lower())
    )
    letters = [f"{prefix}{letter}" for prefix in ("", "##") for letter in LETTERS]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    entries = dict.fromkeys([*special, *letters, *sorted(words)])
    vocabulary = {entry: number for number, entry in enumerate(entries)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")],
    )
    path = folder / "tokenizer.json"
    tokenizer.save(str(path))
    return path


def draw_encoder(folder: Path, *, seed: int = 0) -> Path:
    """Make a tiny BERT with random weights as a local Hugging Face folder, and return it."""
    import torch
    from tokenizers import Tokenizer
    from transformers import BertConfig, BertModel

    tokenizer = Tokenizer.from_file(str(draw_tokenizer(folder)))
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
        pad_token_id=tokenizer.token_to_id("[PAD]"),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        BertModel(config).save_pretrained(folder)
    return folder
