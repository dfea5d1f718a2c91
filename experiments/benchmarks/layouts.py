"""How faithful the layouts of `prodcat explore` are, beside those of scikit-learn and umap-learn.

    python -m experiments.benchmarks.layouts shop.db --products 4000 --markdown layouts.md

Each method gets the same vectors. Faithful: of the ten nearest products by vector, the share that
is among the ten nearest on the plane; by chance it is ten of all products.
"""

import argparse
import os
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from experiments.benchmarks.answering.options import processor
from experiments.benchmarks.section import Section, show_sections
from prodcat.arrays import Float32Array
from prodcat.explore.catalogue import read_catalogue
from prodcat.explore.layouts.kept import neighbours_kept
from prodcat.explore.layouts.laying_out import lay_out
from prodcat.explore.picture_facts import read_picture_facts
from prodcat.explore.vectors import vectors_of

K = 10
OURS = "prodcat"
Method = Callable[[Float32Array], Float32Array]


def main() -> None:
    """Measure, print a table for each kind of vectors, and write them if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path, help="The corpus whose products are laid out.")
    parser.add_argument("--products", type=int, default=4000, help="A sample of so many.")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="Write the page here.")
    options = parser.parse_args()
    catalogue = read_catalogue(options.corpus, limit=options.products)
    inputs: dict[str, Float32Array] = {}
    for kind, (vectors, present) in vectors_of(
        catalogue, options.corpus, ("fused", "text"), None
    ).items():
        inputs[kind] = vectors[present]
    facts = read_picture_facts(catalogue.pictures, catalogue.has_picture, grey=True)
    assert facts.grey is not None
    inputs["grey pixels"] = facts.grey[facts.present]
    sections = [lay_out_rows(name, measure(vectors, METHODS)) for name, vectors in inputs.items()]
    about = [
        f"{len(catalogue):,} products of {options.corpus.name}, drawn by chance; vectors of the"
        " bundled model, and the flattened grey pixels of pictures at 24 × 32. `prodcat` starts"
        " from 256 principal components (of more than 10,000 products from 50) and from a fixed"
        " place; the libraries are called as their manuals show, with a fixed seed."
        " `python -m experiments.benchmarks.layouts` made this page.",
        f"{processor()}, {os.cpu_count()} cores, one thread, on a machine with other work: times"
        " are for comparison within a table.",
    ]
    show_sections("How faithful layouts are", about, sections, options.markdown)


def ours(method: str) -> Method:
    """Return a layout of prodcat."""

    def fit(vectors: Float32Array) -> Float32Array:
        made = lay_out(vectors, np.ones(len(vectors), dtype=np.bool_), [method])
        return made.layouts[0].xy

    return fit


def sklearn_pca(vectors: Float32Array) -> Float32Array:
    """Return the layout of scikit-learn's PCA."""
    from sklearn.decomposition import PCA

    return np.asarray(PCA(2, random_state=0).fit_transform(vectors), dtype=np.float32)


def sklearn_tsne(vectors: Float32Array) -> Float32Array:
    """Return the layout of scikit-learn's t-SNE."""
    from sklearn.manifold import TSNE

    return np.asarray(TSNE(random_state=0, n_jobs=1).fit_transform(vectors), dtype=np.float32)


def plain_umap(vectors: Float32Array) -> Float32Array:
    """Return the layout of umap-learn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import umap

        fitted = umap.UMAP(random_state=0, n_jobs=1).fit_transform(vectors)
    return np.asarray(fitted, dtype=np.float32)


METHODS: Mapping[tuple[str, str], Method] = {
    ("PCA", OURS): ours("pca"),
    ("PCA", "scikit-learn"): sklearn_pca,
    ("t-SNE", OURS): ours("tsne"),
    ("t-SNE", "scikit-learn"): sklearn_tsne,
    ("UMAP", OURS): ours("umap"),
    ("UMAP", "umap-learn"): plain_umap,
}
"""Layout and whose it is → how it is made."""


def measure(
    vectors: Float32Array, methods: Mapping[tuple[str, str], Method]
) -> list[tuple[str, str, float, float]]:
    """Return layout, whose it is, share of neighbours kept, and seconds, of each method."""
    measured = []
    for (layout, whose), fit in methods.items():
        # Loading and compiling, which is done on the first call, is no part of a layout.
        fit(vectors[:50])
        started = time.perf_counter()
        places = fit(vectors)
        seconds = time.perf_counter() - started
        measured.append((layout, whose, neighbours_kept(vectors, places, k=K), seconds))
    return measured


def lay_out_rows(name: str, measured: Sequence[tuple[str, str, float, float]]) -> Section:
    """Return the table of one kind of vectors."""
    rows = [
        [layout, whose, f"{kept:.3f}", f"{seconds:.1f} s"]
        for layout, whose, kept, seconds in measured
    ]
    note = f"Share of the {K} nearest by vector that are among the {K} nearest on the plane."
    return Section(f"By {name}", note, ("layout", "of", "neighbours kept", "time"), rows)


if __name__ == "__main__":
    main()
