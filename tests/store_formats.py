"""``python -m tests.store_formats FOLDER``: write a run, its model and a corpus as of today.

When a format changes, what this writes joins ``tests/stored``; what is there stays as it is.
"""

import contextlib
import csv
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from tests.shopstyle_server import ShopstyleServer
from tests.toy import KINDS, draw_corpus, draw_products, draw_shape, draw_tokenizer
from tests.training.runs import toy_settings

NEUTRAL = "/shop/shop.db"
"""Stands for the corpus of the run: where it really was is nobody's business."""
PICTURES = {
    "bag": ("Bags",),
    "boots": ("Men", "Shoes", "Boots"),
    "ring": ("Jewellery", "Rings"),
}
PRODUCTS: dict[str, dict[str, str]] = {
    "everything": {
        "name": "Acme plain black ankle boots",
        "desc": "A light boots. Made to last.",
        "image": "pictures/boots.png",
    },
    "a name": {"name": "Borealis striped white evening dress"},
    "a name that says little": {"name": "Acme boots"},
    "a description": {"desc": "A soft pleated skirt. Free returns."},
    "a name and a description": {"name": "Doric signet ring", "desc": "A classic ring."},
    "a picture": {"image": "pictures/bag.png"},
    "a name and a picture": {"name": "Ember soft grey ring", "image": "pictures/ring.png"},
    "a name of unknown words": {"name": "Zzyzx 2000"},
}
"""What the stored model is asked; the pictures are PNG, which every decoder reads alike."""


def store_formats(folder: Path) -> None:
    """Write all of it into a new folder."""
    folder.mkdir(parents=True)
    (folder / "pictures").mkdir()
    for name, path in PICTURES.items():
        draw_shot(path).save(folder / "pictures" / f"{name}.png", optimize=True)
    run = train_small(folder / "work")
    number = json.loads((run / "environment.json").read_text("utf-8"))["format"]
    stored = folder / f"run-format-{number}"
    shutil.copytree(run, stored, ignore=shutil.ignore_patterns("checkpoints"))
    write_answers(folder, stored)
    write_answers(folder, store_cascade(folder, stored))
    crawled = fill_corpus(folder / "corpus", folder / "work")
    shrink(crawled)
    kept = folder / f"corpus-migration-{last_migration(crawled)}"
    crawled.parent.rename(kept)
    write_categories(kept / crawled.name, stored, folder / "work")
    shutil.rmtree(folder / "work")


def store_cascade(folder: Path, run: Path) -> Path:
    """Write a cascade of a run's model and itself, which it asks first."""
    from prodcat.evaluation.cascading import write_cascade
    from prodcat.modeldir.format import CASCADE_FORMAT, Handover
    from prodcat.modeldir.reading import read_model_dir

    model = read_model_dir(run)
    stored = folder / f"cascade-format-{CASCADE_FORMAT}"
    stored.mkdir()
    handover = Handover(0.95, 0.5, 1.0, tuple(range(len(model.labels))), 0.9)
    write_cascade(model, model, handover, stored)
    return stored


def draw_shot(path: tuple[str, ...]) -> Image.Image:
    """Draw a product on plain paper."""
    kind = KINDS[path]
    image = Image.new("RGB", (48, 64), (245, 245, 245))
    draw_shape(ImageDraw.Draw(image), kind.shape, (8, 16, 32), kind.colour)
    return image


def train_small(folder: Path) -> Path:
    """Train a model of a few thousand weights, and return its run."""
    from torch import nn

    from prodcat.config import config_from_dict
    from prodcat.network.image_encoder import FROM_SCRATCH, SmallCnn
    from prodcat.training.fit import train

    class NarrowCnn(SmallCnn):
        """The small one, narrower: that of the tests takes 3 MB."""

        dim = 16

        def __init__(self) -> None:
            nn.Module.__init__(self)
            self.stages = nn.Sequential(
                *(
                    nn.Sequential(
                        nn.Conv2d(before, after, kernel_size=3, stride=2, padding=1, bias=False),
                        nn.BatchNorm2d(after),
                        nn.ReLU(inplace=True),
                    )
                    for before, after in pairwise((3, 4, 4, 8, 8, self.dim))
                )
            )

    corpus = draw_corpus(folder / "drawn", products=300)
    draw_tokenizer(folder / "tiny-bert")
    draw_bert(folder / "tiny-bert", seed=0)
    # The settings name the encoder by a relative path, so no folder of this machine is stored.
    settings: dict[str, Any] = toy_settings(
        Path("tiny-bert"), lr=1e-2, text_lr=1e-2, image_lr=1e-2
    ) | {"model": {"dim": 16}, "data": {"workers": 0, "val_share": 0.15}}
    FROM_SCRATCH["small_cnn"] = NarrowCnn
    with contextlib.chdir(folder):
        run = train(corpus.resolve(), config_from_dict(settings), Path("toy")).run_dir.resolve()
    file = run / "environment.json"
    file.write_text(
        re.sub(r'"corpus": ".*"', f'"corpus": "{NEUTRAL}"', file.read_text("utf-8")), "utf-8"
    )
    return run


def draw_bert(folder: Path, *, seed: int) -> Path:
    """Make a tiny BERT with random weights beside the tokenizer in a folder, and return it."""
    import torch
    from transformers import BertConfig, BertModel

    tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    config = BertConfig(
        vocab_size=len(tokenizer["model"]["vocab"]),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        BertModel(config).save_pretrained(folder)
    return folder


def write_answers(folder: Path, run: Path) -> None:
    """Write what the model of a run answers, beside the run."""
    import prodcat

    predictor = prodcat.Predictor.load(run)
    answers = {}
    with contextlib.chdir(folder):
        for title, product in PRODUCTS.items():
            answers[title] = {"product": product, "answer": predictor.predict(**product).to_dict()}
    text = json.dumps(answers, indent=1, ensure_ascii=False)
    run.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


def fill_corpus(folder: Path, work: Path) -> Path:
    """Crawl six products from a drawn shop and import ten, one of them twice."""
    folder.mkdir()
    corpus, table = folder.resolve() / "shop.sqlite", work / "new.csv"
    with ShopstyleServer(draw_corpus(work / "sold", products=6)) as server:
        words = ["crawler", "shopstyle", corpus, "--pid", "demo", "--api", server.url]
        run_module(*words, "--allow-private", "--rate", "none")
    rows = [
        (product.id, product.name, product.description, " > ".join(product.path), "")
        for product in draw_products(40, seed=1)[20:28]
    ]
    rows.append(("2000", "Acme plain black bag", "", "Bags", "bag.png"))
    rows.append(("2001", "Doric soft beige ring", "A ring.", "Jewellery > Rings", "ring.png"))
    rows.append(("2001", "The same again", "", "Bags", ""))
    with table.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("id", "name", "description", "category", "image"), *rows])
    for name in PICTURES:
        draw_shot(PICTURES[name]).save(work / f"{name}.png", optimize=True)
    run_module("prodcat", "import", table.name, corpus, cwd=work)
    return corpus


def write_categories(corpus: Path, run: Path, work: Path) -> None:
    """Write what the model of a run answers for each product of a corpus, beside its folder."""
    import pyarrow.parquet as pq

    # Of a copy: reading leaves files of SQLite beside a corpus.
    shutil.copytree(corpus.parent, work / "copy")
    answers = work / "answers.parquet"
    words = ["categorize", work / "copy" / corpus.name, "-o", answers, "--model", run / "model"]
    run_module("prodcat", *words)
    rows = pq.read_table(answers).to_pylist()
    found = {"run": run.name, "categories": {row["id"]: row["category"] for row in rows}}
    corpus.parent.with_suffix(".json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def shrink(corpus: Path) -> None:
    """Write the file anew in small pages: a table with a row takes a page."""
    with contextlib.closing(sqlite3.connect(corpus, isolation_level=None)) as db:
        for words in ("journal_mode = delete", "page_size = 1024"):
            db.execute(f"pragma {words}")
        db.execute("vacuum")
        db.execute("pragma journal_mode = wal")


def last_migration(corpus: Path) -> int:
    """Return the number of the last migration that made the tables of a corpus."""
    with contextlib.closing(sqlite3.connect(corpus)) as db:
        ((name,),) = db.execute("select max(name) from _sqlite_migrations")
    return int(name[1:4])


def run_module(*words: object, cwd: Path | None = None) -> None:
    """Run a command line of ours."""
    repository = str(Path(__file__).resolve().parent.parent)
    command = [sys.executable, "-m", *map(str, words)]
    subprocess.run(command, cwd=cwd, check=True, env={**os.environ, "PYTHONPATH": repository})


if __name__ == "__main__":
    store_formats(Path(sys.argv[1]))
