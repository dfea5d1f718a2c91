"""What the preset `fast` reaches in which time, beside what a user would script, and TF-IDF.

    python -m experiments.benchmarks.presets flipkart20k.parquet --category category_path_clean \
        --products 4000 --weights WEIGHTS --out-runs runs/presets

Training products are drawn with a seed; validation and test products are all there are. All are
measured on the same products and categories, those of the corpus that `prodcat.train` makes of
the table: an answer to a product whose category is too small to be taught is right where it is
a category above. The script is scikit-learn's logistic regression on MiniLM and MobileNetV2 as
they come, from the weights that are named.
"""

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import prodcat
from experiments.baselines.config import TfidfConfig
from experiments.baselines.models import LinearText
from experiments.benchmarks.section import Section, show_sections
from prodcat.arrays import Float32Array, IntArray
from prodcat.config import ImageConfig, load_config
from prodcat.corpus.product_row import ProductRow
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LearningTask, build_task
from prodcat.decision.right import right_leaves
from prodcat.evaluation.answers import product_of_row
from prodcat.inputs.images import fit_image, open_image

SCRIPT_PIXELS = 224
SCRIPT_TOKENS = 128
AT_ONCE = 32
HEADINGS = ("", "test accuracy", "without the picture", "seconds", "of the processor")


def main() -> None:
    """Draw the products, train, measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path, help="Parquet with a column of the split")
    parser.add_argument("--category", required=True)
    parser.add_argument("--products", type=int, help="to train on; all if not given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", type=Path, help="of MiniLM and MobileNetV2, for the script")
    parser.add_argument("--out-runs", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="Markdown file to write the table to")
    options = parser.parse_args()
    drawn = draw(pq.read_table(options.table), options.products, options.seed)
    clock = Clock()
    result = prodcat.train(
        drawn,
        options.out_runs / options.table.stem,
        preset="fast",
        category=options.category,
        on_message=print,
    )
    selections = {s.name: s.measures["accuracy"].value for s in result.metrics.selections("test")}
    rows = [
        ["`fast`", share(selections["everything"]), share(selections.get("no image")), *clock()]
    ]
    assert result.corpus is not None
    with Corpus.open(result.corpus, read_only=True) as corpus:
        task = build_task(corpus, load_config().data, reads=True, sees=True)
        sees = any(row.image_sha256 for row in task.judged("test").rows)
        for reads in (("name",), ("name", "description")):
            clock = Clock()
            accuracy = judge_words(task, TfidfConfig("tfidf_svc", reads))
            name = f"TF-IDF + LinearSVC, {' and '.join(reads)}"
            rows.append([name, share(accuracy), share(accuracy), *clock()])
        if options.weights is not None:
            clock = Clock()
            texts = {side: embed_texts(rows_of(task, side), options.weights) for side in SIDES}
            alone = judge_script(task, texts)
            rows.append(["script, texts alone", share(alone), share(alone), *clock()])
            if sees:
                both = {
                    side: np.hstack(
                        [texts[side], embed_pictures(rows_of(task, side), corpus, options.weights)]
                    )
                    for side in SIDES
                }
                rows.append(["script", share(judge_script(task, both)), "–", *clock()])
    note = (
        f"{options.table.name}: {len(task.sides['train'].rows):,} products trained,"
        f" {len(task.judged('test').rows):,} of the test split judged,"
        f" {len(task.leaf_ids)} categories."
    )
    show_sections("Presets", [], [Section("fast", note, HEADINGS, rows)], options.out)


SIDES = ("train", "test")


class Clock:
    """Counts from when it was made: seconds on the wall, and of the processor."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.monotonic(), time.process_time()

    def __call__(self) -> tuple[str, str]:
        """Return both as texts."""
        spent = time.monotonic() - self.wall, time.process_time() - self.cpu
        return f"{spent[0]:.0f}", f"{spent[1]:.0f}"


def draw(table: pa.Table, products: int | None, seed: int) -> pa.Table:
    """Return a table with so many of its training products, drawn anew by each seed."""
    split = table["split"].to_pylist()
    train = [row for row, side in enumerate(split) if side == "train"]
    random.Random(seed).shuffle(train)
    chosen = set(train[:products])
    return table.take([row for row, side in enumerate(split) if side != "train" or row in chosen])


def rows_of(task: LearningTask, side: str) -> Sequence[ProductRow]:
    """Return the products of a side: those that are judged, or those that train."""
    return (task.sides[side] if side == "train" else task.judged(side)).rows


def accuracy_of(task: LearningTask, answers: IntArray) -> float:
    """Return the share of the test products that are answered right, as runs are measured."""
    judged = task.judged("test")
    labels = np.array(judged.labels)
    return float(right_leaves(answers, labels, judged.paths, task.leaf_paths).mean())


def judge_words(task: LearningTask, config: TfidfConfig) -> float:
    """Train TF-IDF and a linear classifier, and return its accuracy."""
    model = LinearText(config, len(task.leaf_ids))
    model.fit(task.sides["train"].rows, task.sides["train"].labels)
    products = [prodcat.Product(row.name, row.description) for row in rows_of(task, "test")]
    return accuracy_of(task, model.logits(products).argmax(axis=1))


def judge_script(task: LearningTask, embeddings: dict[str, Float32Array]) -> float:
    """Train logistic regression on embeddings, and return its accuracy."""
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    classifier.fit(embeddings["train"], np.array(task.sides["train"].labels))
    return accuracy_of(task, classifier.predict(embeddings["test"]))


def embed_texts(rows: Sequence[ProductRow], weights: Path) -> Float32Array:
    """Return the mean of MiniLM's last layer for name and description, (N, 384)."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = weights / "all-MiniLM-L6-v2"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    encoder = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    texts = [f"{row.name}. {row.description}".strip() for row in rows]
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    found = np.zeros((len(texts), encoder.config.hidden_size), dtype=np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), AT_ONCE):
            some = order[start : start + AT_ONCE]
            batch = tokenizer(
                [texts[i] for i in some],
                padding=True,
                truncation=True,
                max_length=SCRIPT_TOKENS,
                return_tensors="pt",
            )
            mask = batch["attention_mask"].unsqueeze(-1)
            states = encoder(**batch).last_hidden_state
            found[some] = ((states * mask).sum(1) / mask.sum(1)).numpy()
    return found


def embed_pictures(rows: Sequence[ProductRow], corpus: Corpus, weights: Path) -> Float32Array:
    """Return MobileNetV2's pooled features of pictures, (N, 1280); zeros where there is none."""
    import torch
    from safetensors.torch import load_file
    from torchvision.models import mobilenet_v2

    network = mobilenet_v2(weights=None)
    network.load_state_dict(load_file(weights / "mobilenet_v2_in1k_v1_unfolded.safetensors"))
    network.eval()
    found = np.zeros((len(rows), 1280), dtype=np.float32)
    pictured = [i for i, row in enumerate(rows) if row.image_sha256]
    mean, deviation = (
        torch.tensor(numbers).view(1, 3, 1, 1)
        for numbers in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    )
    with torch.inference_mode():
        for start in range(0, len(pictured), AT_ONCE):
            some = pictured[start : start + AT_ONCE]
            pixels = np.stack([read_pixels(rows[i], corpus) for i in some])
            batch = (torch.from_numpy(pixels).float() / 255 - mean) / deviation
            found[some] = network.features(batch).mean((2, 3)).numpy()
    return found


def read_pixels(row: ProductRow, corpus: Corpus) -> NDArray[np.uint8]:
    """Return a picture as the script reads it, (3, H, W)."""
    picture = open_image(product_of_row(row, corpus).image)
    return fit_image(picture, height=SCRIPT_PIXELS, width=SCRIPT_PIXELS, fit=ImageConfig.fit)


def share(value: float | None) -> str:
    """Write an accuracy.

    >>> share(0.8612), share(None)
    ('0.861', '–')
    """
    return "–" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
