"""Whether "98 %" holds for the products to come: many draws of calibration and held-out products.

    python -m experiments.benchmarks.promise build/fashion.db --out docs/reports/promise.md

The labelled products of the validation and test sides are put together, all of them, those of
categories that the model was not taught too. Each draw cuts them in two: one half calibrates the
model, or a part of it, the other is answered at the threshold that each rule chooses. A promise
is broken where less than the promised share of the held-out answers is right; so is one that
would hold for all products to come, now and then, since the held-out half is a draw itself.

The rules: the lowest threshold that was right often enough, at temperatures alone, which prodcat
promised by before; and, on the confidence learnt from views, that one once more, the lowest whose
own Clopper–Pearson bound passes, SGR, a fixed sequence to its first failure, and prodcat's own.
"""

import argparse
from pathlib import Path

from experiments.benchmarks.promises.draws import Setup, answer_all, draw_many
from experiments.benchmarks.promises.tables import lay_out
from experiments.benchmarks.section import show_sections
from prodcat.corpus.store import Corpus
from prodcat.inference.predictor import Predictor

GIVEN = ("everything", "name only", "image only")


def main() -> None:
    """Answer the products once, draw, print the tables, and write them if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", help="a model directory; the bundled one if not given")
    parser.add_argument("--given", nargs="+", default=list(GIVEN), help="selections of parts")
    parser.add_argument("--accuracy", type=float, nargs="+", default=[0.98])
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument(
        "--calibration", type=int, nargs="+", default=[0, 1000, 300], help="0 for a whole half"
    )
    parser.add_argument("--out", type=Path, help="Markdown file to write the tables to")
    options = parser.parse_args()
    predictor = Predictor.load(options.model)
    model = predictor.model
    with Corpus.open(options.corpus, read_only=True) as corpus:
        answers = answer_all(predictor, corpus, options.given)
    sections = []
    for given, products in answers.items():
        for size in options.calibration:
            setup = Setup(given, size, tuple(options.accuracy), options.confidence, options.draws)
            outcomes = draw_many(products, model.leaf_paths, setup)
            sections += lay_out(outcomes, setup, len(products.labels))
    about = (
        f"Model {model.name} ({model.fingerprint[:12]}); {options.draws} draws with seed 0 from"
        f" the validation and test products of {options.corpus.name};"
        f" confidence {options.confidence:g}."
    )
    show_sections("Whether a promise holds", [about], sections, options.out)


if __name__ == "__main__":
    main()
