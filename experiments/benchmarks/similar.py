"""Are the six nearest products of the same leaf, and of the same colour?

    python -m experiments.benchmarks.similar ../shared/data/fashion.parquet --vectors vectors/

Test products are the queries, training products the index; then the index holds products whose
labels no model was taught: those of validation alone, and those of validation and test together
without the product itself, or without its whole group. Weights are chosen with ``--queries val``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from experiments.benchmarks.neighbour_curve import draw_curve
from prodcat.arrays import Float32Array
from prodcat.errors import InputError, require
from prodcat.inference.threads import in_batches
from prodcat.product import Product
from prodcat.search.expansion import candidates, expand
from prodcat.vectors.kinds import KINDS
from prodcat.vectors.mixing import MIXES, weighted_query
from prodcat.vectors.product_vectors import VectorMaker

LEVELS = ("gender", "master_category", "sub_category", "article_type")
NEAREST = 6
LEAST_TAUGHT = 3
"""Training products of a leaf that the model was taught."""
QUERIES_AT_ONCE = 512
CHECKED = 24
"""Products whose stored vectors are held against new ones."""
FROM_PICTURE = {"fused": "fused_of_picture", "picture": "picture", "look": "look"}
"""What a query of a picture alone has of each kind."""
SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.265, 0.35, 0.5, 0.7, 0.85, 1.0)
"""Of what the eye sees in the curve, 0.265 being that of the mix called look."""


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--vectors", type=click.Path(path_type=Path), required=True, help="Kept there.")
@click.option("--queries", type=click.Choice(["val", "test"]), default="test", show_default=True)
@click.option("--curve", type=click.Path(path_type=Path), help="SVG to draw the curve to.")
def main(data: Path, vectors: Path, queries: str, curve: Path | None) -> None:
    """Print the table of docs/reports/similar.md, and draw its curve."""
    table = require("pyarrow.parquet", extra="bulk").read_table(data)
    columns = {
        name: table.column(name).to_pylist() for name in (*LEVELS, "split", "base_colour", "group")
    }
    leaves = np.array(
        [" > ".join(levels) for levels in zip(*map(columns.get, LEVELS), strict=True)]
    )
    colours, split = np.array(columns["base_colour"]), np.array(columns["split"])
    stored = load_vectors(table, vectors)
    asked = np.flatnonzero(split == queries)
    taught, untaught = np.flatnonzero(split == "train"), np.flatnonzero(split == "val")
    asked = asked[enough(leaves[asked], leaves[taught], LEAST_TAUGHT)]
    taught = taught[enough(leaves[taught], leaves[taught], LEAST_TAUGHT)]

    def row(
        name: str,
        weights: Mapping[str, float],
        index: Any,
        kinds: Mapping[str, str],
        asked: Any = asked,
        left_out: Any = None,
    ) -> Any:
        near = nearest(stored, weights, asked, index, kinds, left_out)
        same = leaves[near] == leaves[asked][:, None], colours[near] == colours[asked][:, None]
        means = [float(matrix.mean()) for matrix in same]
        macro = [by_leaf(matrix.mean(axis=1), leaves[asked]) for matrix in same]
        cells = (means[0], macro[0], means[1], macro[1])
        print(f"| {name} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |", flush=True)
        return means

    whole = {kind: kind for kind in KINDS}
    print(f"{len(asked):,} {queries} products among {len(taught):,} training products")
    for kind in KINDS:
        row(kind, {kind: 1.0}, taught, whole)
    row("mix look, all parts", MIXES["look"], taught, whole)
    row("mix look without colour words", {"fused": 1.0, "look": 0.3}, taught, whole)
    row("fused and look alike, without them", {"fused": 1.0, "look": 1.0}, taught, whole)
    row("picture alone: picture", {"picture": 1.0}, taught, FROM_PICTURE)
    row("picture alone: fused", {"fused": 1.0}, taught, FROM_PICTURE)
    row("picture alone: mix look", MIXES["look"], taught, FROM_PICTURE)
    if queries == "test":
        there = [np.count_nonzero(leaves[untaught] == leaf) for leaf in leaves[asked]]
        most = np.minimum(there, NEAREST).mean() / NEAREST
        print(f"among {len(untaught):,} validation products; no search could pass {most:.3f}")
        row("fused", MIXES["kind"], untaught, whole)
        row("mix look", MIXES["look"], untaught, whole)
        possible = asked[enough(leaves[asked], leaves[untaught], NEAREST)]
        print(f"{len(possible):,} test products of leaves with six or more among them")
        row("fused", MIXES["kind"], untaught, whole, possible)
        row("mix look", MIXES["look"], untaught, whole, possible)
        both = np.flatnonzero(split != "train")
        itself, groups = np.arange(len(leaves)), np.array(columns["group"])
        for name, apart in (("itself", itself), ("its group", groups)):
            others = [
                np.count_nonzero((leaves[both] == leaves[place]) & (apart[both] != apart[place]))
                for place in asked
            ]
            most = np.minimum(others, NEAREST).mean() / NEAREST
            print(f"among {len(both):,} of validation and test, but {name}; at most {most:.3f}")
            row("fused", MIXES["kind"], both, whole, left_out=apart)
            row("mix look", MIXES["look"], both, whole, left_out=apart)
    if curve is not None:
        eye = {"look": 0.22 / 0.265, "colour": 0.045 / 0.265}
        points: dict[str, list[Any]] = {"all parts": [], "picture alone": []}
        for share in SHARES:
            weights = {"fused": 1 - share} | {kind: share * part for kind, part in eye.items()}
            points["all parts"].append(row(f"curve {share}", weights, taught, whole))
            points["picture alone"].append(
                row(f"curve, picture {share}", weights, taught, FROM_PICTURE)
            )
        draw_curve(curve, SHARES, points)


def load_vectors(table: Any, folder: Path) -> dict[str, Float32Array]:
    """Return the vectors of all products by kind, from the folder or made and kept there."""
    maker = VectorMaker.load(cache=folder / "cache")
    kinds = (*KINDS, "fused_of_picture")
    files = {kind: folder / f"fashion_{kind}.npy" for kind in kinds}
    if not all(file.is_file() for file in files.values()):
        folder.mkdir(parents=True, exist_ok=True)
        parts: dict[str, list[Float32Array]] = {kind: [] for kind in kinds}
        for rows in in_batches(range(table.num_rows), 256):
            for kind, vectors in make(maker, table.slice(rows[0], len(rows))).items():
                parts[kind].append(vectors)
        for kind, file in files.items():
            np.save(file, np.concatenate(parts[kind]))
    stored = {kind: np.load(file, mmap_mode="r") for kind, file in files.items()}
    step = table.num_rows // CHECKED
    places = np.arange(0, step * CHECKED, step)
    for kind, vectors in make(maker, table.take(places)).items():
        if not np.allclose(stored[kind][places], vectors, atol=2e-3):
            raise InputError(f"{files[kind]} is not of this model. Remove it and run again.")
    return stored


def make(maker: VectorMaker, table: Any) -> dict[str, Float32Array]:
    """Return the vectors of some rows, those of their pictures alone among them."""
    names, descriptions, pictures = (
        table.column(name).to_pylist() for name in ("name", "description", "image")
    )
    products = list(map(Product, names, descriptions, pictures))
    alone = maker.make([Product(image=picture) for picture in pictures])
    return {**maker.make(products).by_kind, "fused_of_picture": alone.by_kind["fused"]}


def nearest(
    stored: Mapping[str, Float32Array],
    weights: Mapping[str, float],
    asked: NDArray[np.int64],
    index: NDArray[np.int64],
    kinds: Mapping[str, str],
    left_out: NDArray[Any] | None = None,
) -> NDArray[np.int64]:
    """Return the six nearest of the index to each query, (Q, 6), as `SimilarProducts` does.

    Where *left_out* tells a name for each product, those of the query's own name are not found.
    """
    used = [kind for kind in weights if kind in kinds and weights[kind] > 0]
    rows = np.concatenate([stored[kind][index] for kind in used], axis=1)
    drawn = slice(0, stored["fused"].shape[1]) if used[0] == "fused" else None
    pool = NEAREST if drawn is None else candidates(NEAREST)
    found = []
    for start in range(0, len(asked), QUERIES_AT_ONCE):
        batch = asked[start : start + QUERIES_AT_ONCE]
        by_kind = {kind: stored[kinds[kind]][batch] for kind in used}
        queries = weighted_query(by_kind, used, weights)
        for place, query, scores in zip(batch, queries, queries @ rows.T, strict=True):
            if left_out is not None:
                scores[left_out[index] == left_out[place]] = -np.inf
            near = np.argpartition(-scores, pool)[:pool]
            near = near[np.argsort(-scores[near], kind="stable")]
            if drawn is not None:
                near = near[expand(query, rows[near], scores[near], drawn)[0]]
            found.append(index[near[:NEAREST]])
    return np.stack(found)


def enough(leaves: NDArray[Any], index: NDArray[Any], least: int) -> NDArray[np.bool_]:
    """Tell which leaves have at least so many products in an index."""
    names, counts = np.unique(index, return_counts=True)
    return np.isin(leaves, names[counts >= least])


def by_leaf(shares: NDArray[np.float64], leaves: NDArray[Any]) -> float:
    """Return the mean of the leaves' means."""
    _, places = np.unique(leaves, return_inverse=True)
    return float((np.bincount(places, shares) / np.bincount(places)).mean())


if __name__ == "__main__":
    main()
