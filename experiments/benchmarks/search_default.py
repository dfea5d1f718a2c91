"""How large and fast the index is that `prodcat index` makes if nothing else is said.

    python -m experiments.benchmarks.search_default shop.vectors --out default.md

The vectors are those that `prodcat embed` made of a corpus, of all kinds that such an index has,
with drawn ones beside them up to the sizes that are asked for. A search is what `prodcat similar
--id` does: the product's own vectors with the weights of a mix, its near-duplicates left out, the
nearest put in order anew.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from experiments.benchmarks.search_index import memory_lines, memory_of
from experiments.benchmarks.searching.contestants import products_of
from experiments.benchmarks.searching.vectors import enlarge, neighbours
from experiments.benchmarks.section import Section, show_sections
from prodcat.arrays import Float32Array
from prodcat.search.building import build_index
from prodcat.search.from_corpus import KINDS
from prodcat.search.index import VectorIndex
from prodcat.search.similar import SimilarProducts
from prodcat.vectors.mixing import MIXES, weighted_query
from prodcat.vectors.stored import open_vectors

FAMILY = 4
"""Products of a family of near-duplicates."""
HEADS = ("what", "value")


def main() -> None:
    """Build the indexes, ask them, print the tables, and write them if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vectors", type=Path, help="folder of `prodcat embed`")
    parser.add_argument("--sizes", type=int, nargs="+", help="products; as many as there are")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--folder", type=Path, help="for the indexes; a temporary one if not given")
    parser.add_argument("--out", type=Path, help="Markdown file to write the tables to")
    options = parser.parse_args()
    stored = open_vectors(options.vectors)
    real = {kind: np.asarray(stored.by_kind[kind], np.float32) for kind in KINDS}
    nearest, _ = neighbours(real["fused"], 10)
    sections = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for size in options.sizes or [len(nearest)]:
            # The same products are drawn of each kind: they differ by the seed alone.
            rows = {kind: enlarge(vectors, nearest, size) for kind, vectors in real.items()}
            sections.append(_measure(rows, options.queries, Path(folder) / str(size)))
    show_sections("The default index", [__doc__.split("\n\n")[0]], sections, options.out)


def _measure(by_kind: dict[str, Float32Array], queries: int, folder: Path) -> Section:
    size = len(by_kind["fused"])
    widths = {kind: rows.shape[1] for kind, rows in by_kind.items()}
    products = [
        replace(product, family=f"family {place // FAMILY}")
        for place, product in enumerate(products_of(size))
    ]
    start = time.perf_counter()
    build_index(folder, by_kind, products, fingerprint="benchmark")
    took = time.perf_counter() - start
    chosen = np.random.default_rng(1).choice(size, queries, replace=False)
    lines = []
    with VectorIndex.open(folder) as index:
        similar = SimilarProducts(index)
        for mix in MIXES:
            similar.find(id=products[0].id, weights=mix)
            wall, own = [], []
            for place in chosen.tolist():
                begin, used = time.perf_counter(), time.process_time()
                similar.find(id=products[place].id, weights=mix)
                own.append((time.process_time() - used) * 1e3)
                wall.append((time.perf_counter() - begin) * 1e3)
            value = f"{np.median(wall):.1f} ms, {np.median(own):.1f} ms of processor, 95 % below"
            lines.append([f"similar by id, mix {mix}", f"{value} {np.quantile(own, 0.95):.1f} ms"])
        share = index.record.share if index.in_lists() else 1.0
    asked = [
        weighted_query(
            {kind: rows[place] for kind, rows in by_kind.items()}, [*widths], MIXES["look"]
        )
        for place in chosen
    ]
    memory = memory_of(folder, np.stack(asked))
    return Section(
        f"{size:,} products as `prodcat index` has them",
        f"{', '.join(f'{kind} {width}' for kind, width in widths.items())}:"
        f" {sum(widths.values()):,} numbers a product; {share:.1%} looked at; {queries} queries.",
        HEADS,
        [*lines, ["built in", f"{took:.0f} s"], *memory_lines(memory, folder)],
    )


if __name__ == "__main__":
    main()
