"""Where the picture helps: by the text given, by category, and by pairs that are mixed up.

    python -m experiments.benchmarks.picture_gain build/fashion.db --out picture_gain.md

The products of one side are answered without and with their picture, given name and
description, either of them, a masked name, or no text. A masked name is the name without the
category words of the tree, as `experiments.benchmarks.category_words` defines them. Compared
are the products that have a picture that opens and the text in question; of a masked name,
some letter or digit must be left.

Temperatures and thresholds are the model's own, chosen on the validation products.
"""

import argparse
from pathlib import Path

from experiments.benchmarks.pictures.answers import compare
from experiments.benchmarks.pictures.tables import lay_out
from experiments.benchmarks.section import show_sections
from prodcat.corpus.store import Corpus
from prodcat.inference.predictor import Predictor


def main() -> None:
    """Answer the products, print the tables, and write them if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", help="a model directory; the bundled one if not given")
    parser.add_argument("--side", choices=("val", "test"), default="test")
    parser.add_argument("--out", type=Path, help="Markdown file to write the tables to")
    options = parser.parse_args()
    predictor = Predictor.load(options.model)
    model = predictor.model
    with Corpus.open(options.corpus, read_only=True) as corpus:
        compared = compare(predictor, corpus, options.side)
    sections = lay_out(compared, model.calibration)
    about = (
        f"Model {model.name} ({model.fingerprint[:12]}), {options.side} side:"
        f" {compared.products:,} products with a picture, {compared.without_picture:,} without"
        " one left out. Differences are what the picture adds, in percentage points or products,"
        " with 95 % intervals of the paired bootstrap."
    )
    show_sections("Where the picture helps", [about], sections, options.out)


if __name__ == "__main__":
    main()
