"""Measure models that are started from the names of categories, and fit how sure they may be.

`python -m experiments.start data --encoder all-MiniLM-L6-v2 --sides test` prints what
docs/reports/start.md has; with ``--calibrate`` it writes ``prodcat/starting/known.json`` from
validation products instead.
"""

import argparse
import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from prodcat.decision.calibration import PatternCalibration
from prodcat.decision.decoding import Decoder
from prodcat.decision.novelty import fit_least_familiarity
from prodcat.decision.scores import Scores
from prodcat.decision.temperature import fit_temperature, softmax
from prodcat.files import write_json
from prodcat.inference.predictor import Predictor
from prodcat.product import Product
from prodcat.starting import starting
from prodcat.starting.adapting import unit
from prodcat.starting.calibrating import known
from prodcat.starting.encoder import StartEncoder, open_encoder
from prodcat.starting.phrases import phrases
from prodcat.taxonomy.paths import CategoryPath
from prodcat.taxonomy.tree import Taxonomy

KNOWN = Path(starting.__file__).parent / "known.json"
ACCURACY = 0.8
GRID = np.arange(0.2, 0.96, 0.01)


@dataclass(frozen=True)
class Shop:
    """A data set: its tree, names without labels, and names with labels by side."""

    name: str
    tree: Taxonomy
    unlabelled: list[str]
    sides: dict[str, tuple[list[str], list[CategoryPath]]]

    @property
    def paths(self) -> list[CategoryPath]:
        """Of the leaves, in the order of a model's scores."""
        return [self.tree.path(leaf) for leaf in self.tree.leaf_ids]


def fashion(data: Path) -> Shop:
    """Article types below the sub-category that most of their products have."""
    columns = ["name", "master_category", "sub_category", "article_type", "split"]
    rows = pq.read_table(data / "fashion.parquet", columns=columns).to_pylist()
    above: dict[str, Counter[tuple[str, str]]] = {}
    for row in rows:
        pair = (row["master_category"], row["sub_category"])
        above.setdefault(row["article_type"], Counter())[pair] += 1
    path = {kind: (*max(sorted(c), key=c.__getitem__), kind) for kind, c in above.items()}
    return _shop("fashion", [(r["name"], path[r["article_type"]], r["split"]) for r in rows])


def flipkart(data: Path) -> Shop:
    """The clean paths; a path that is the beginning of others is a leaf of its own below it."""
    columns = ["name", "category_path_clean", "split"]
    rows = pq.read_table(data / "flipkart20k.parquet", columns=columns).to_pylist()
    found = [(r["name"], tuple(r["category_path_clean"]), r["split"]) for r in rows]
    labelled = [row for row in found if row[1]]
    inner = {path[:depth] for _, path, _ in labelled for depth in range(1, len(path))}
    return _shop(
        "flipkart20k",
        [(n, (*p, p[-1]) if p in inner else p, side) for n, p, side in labelled],
    )


def _shop(name: str, rows: list[tuple[str, CategoryPath, str]]) -> Shop:
    sides: dict[str, tuple[list[str], list[CategoryPath]]] = {}
    for product, path, side in rows:
        names, paths = sides.setdefault(side, ([], []))
        names.append(product)
        paths.append(path)
    tree = Taxonomy.from_paths(sorted({path for _, path, _ in rows}))
    once = list(dict.fromkeys(sides["train"][0]))
    step = max(1.0, len(once) / starting.MOST_PRODUCTS)
    count = min(len(once), starting.MOST_PRODUCTS)
    return Shop(name, tree, [once[int(place * step)] for place in range(count)], sides)


def scores_of(
    shop: Shop, names: list[str], encoder: StartEncoder
) -> tuple[Any, PatternCalibration]:
    """Start a model as a shop would, and return its scores, (N, C), and how sure it is."""
    learnt, of_products = starting.learn(shop.paths, shop.unlabelled, encoder)
    with tempfile.TemporaryDirectory() as folder:
        numbers, leaves = known(), shop.tree.leaf_ids
        starting.write_started(
            Path(folder), encoder, learnt, shop.tree, leaves, of_products, numbers
        )
        predictor = Predictor.load(folder, threads=1)
        pattern = predictor.model.calibration.for_parts(["name"])
        return predictor.logits([Product(name) for name in names]), pattern


def measure(scores: Any, gold: Any, paths: list[CategoryPath]) -> dict[str, float]:
    """Return accuracy, accuracy among five, and that of the top level."""
    order = np.argsort(-scores, axis=1)[:, :5]
    tops = np.array([path[0] for path in paths])
    return {
        "accuracy": float((order[:, 0] == gold).mean()),
        "at 5": float((order == gold[:, None]).any(axis=1).mean()),
        "top level": float((tops[order[:, 0]] == tops[gold]).mean()),
    }


def beside(shop: Shop, names: list[str], encoder: StartEncoder) -> dict[str, Any]:
    """Return the scores of simple ways: the cosine of one phrase, TF-IDF, and SetFit's way."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    said = [phrases(path) for path in shop.paths]
    products = unit(encoder.embed(names))
    flat = [text for of_one in said for text in of_one]
    owners = np.repeat(np.arange(len(said)), len(said[0]))
    vectors = unit(encoder.embed(flat))
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    of_letters = letters.fit_transform([" ".join(path) for path in shop.paths])
    model = LogisticRegression(C=100, max_iter=50).fit(vectors, owners)
    return {
        "TF-IDF of characters, path": (letters.transform(names) @ of_letters.T).toarray(),
        "cosine, leaf": products @ vectors[:: len(said[0])].T,
        "cosine, path": products @ vectors[2 :: len(said[0])].T,
        "SetFit's way: logistic regression on the phrases": model.decision_function(products),
    }


def answered(
    pattern: PatternCalibration, logits: Any, gold: Any, paths: list[CategoryPath]
) -> dict[str, float]:
    """Return how many are answered at the model's own threshold, at leaves, and how many right."""
    scores = Scores(logits)
    threshold = pattern.for_paths(ACCURACY).threshold or np.inf
    given, of_leaf, right = _answers(
        pattern.probabilities(scores), threshold, gold, paths, ~pattern.is_foreign(scores)
    )
    return {
        "answered": float(given.mean()),
        "right of answers": float(right[given].mean()) if given.any() else 0.0,
        "answered with a leaf": float(of_leaf.mean()),
        "right of leaves": float(right[of_leaf].mean()) if of_leaf.any() else 0.0,
    }


def _answers(
    probs: Any, threshold: float, gold: Any, paths: list[CategoryPath], answerable: Any
) -> tuple[Any, Any, Any]:
    """Return of each product whether it is answered, with a leaf, and right, (N,) each."""
    decoder, leaves = Decoder(paths), set(paths)
    walks = decoder.walk(probs)
    depths = walks.depths(threshold) * answerable
    given = depths > 0
    of_leaf, right = np.zeros(len(gold), dtype=bool), np.zeros(len(gold), dtype=bool)
    for row in np.flatnonzero(given):
        path = decoder.node_paths[walks.nodes[row, depths[row] - 1]]
        of_leaf[row], right[row] = path in leaves, path == paths[gold[row]][: len(path)]
    return given, of_leaf, right


def fit(logits: Any, gold: Any, paths: list[CategoryPath]) -> dict[str, float]:
    """Return what validation products say: temperature, threshold, familiarity."""
    temperature = fit_temperature(logits, gold)
    probs = softmax(logits, temperature)
    threshold, every = 0.95, np.ones(len(gold), dtype=bool)
    for candidate in GRID[::-1]:
        given, of_leaf, right = _answers(probs, float(candidate), gold, paths, every)
        # Both: easy ancestors cannot pay for wrong leaves.
        shares = [right[rows].mean() for rows in (given, of_leaf) if rows.any()]
        if shares and min(shares) < ACCURACY:
            break
        threshold = float(candidate)
    familiar = fit_least_familiarity(Scores(logits))
    return {"temperature": temperature, "threshold": threshold, "least_familiarity": familiar}


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--encoder", help="a model directory, or a pretrained encoder")
    parser.add_argument("--sides", default="val", help="such as val,test")
    parser.add_argument("--shops", default="fashion,flipkart20k")
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--plain", action="store_true", help="without the simple ways beside")
    args = parser.parse_args()
    encoder = open_encoder(args.encoder)
    fitted = {}
    for make in (fashion, flipkart):
        shop = make(args.data)
        if shop.name not in args.shops.split(","):
            continue
        chosen = [shop.sides[side] for side in args.sides.split(",")]
        names = [name for side in chosen for name in side[0]]
        gold_paths = [path for side in chosen for path in side[1]]
        place = {path: leaf for leaf, path in enumerate(shop.paths)}
        gold = np.array([place[path] for path in gold_paths])
        logits, pattern = scores_of(shop, names, encoder)
        found: dict[str, Any] = {"prodcat start": measure(logits, gold, shop.paths)}
        if args.calibrate:
            fitted[shop.name] = fit(logits, gold, shop.paths)
            print(shop.name, fitted[shop.name], flush=True)
            continue
        found["prodcat start"] |= answered(pattern, logits, gold, shop.paths)
        if not args.plain:
            for way, scores in beside(shop, names, encoder).items():
                found[way] = measure(scores, gold, shop.paths)
        print(shop.name, args.sides, len(names), "products", len(shop.paths), "leaves", flush=True)
        for way, measures in found.items():
            print(f"  {way}:", ", ".join(f"{n} {v:.3f}" for n, v in measures.items()), flush=True)
    if args.calibrate:
        write_json(KNOWN, known_of(fitted), indent=1)


def known_of(fitted: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Return what is kept: the mean temperature (of logarithms), the higher threshold."""
    rows = list(fitted.values())
    return {
        "what": json.loads(KNOWN.read_text("utf-8"))["what"],
        "temperature": round(float(np.exp(np.mean([np.log(r["temperature"]) for r in rows]))), 4),
        "threshold": round(max(r["threshold"] for r in rows), 2),
        "accuracy": ACCURACY,
        "least_familiarity": round(min(r["least_familiarity"] for r in rows), 3),
        "fitted": {name: {k: round(v, 4) for k, v in row.items()} for name, row in fitted.items()},
    }


if __name__ == "__main__":
    main()
