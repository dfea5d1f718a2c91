"""Fits the weights of `prodcat map` on one half of the reviewed pairs, and reports on the other.

python -m experiments.mapping ../shared/taxonomies --work build/mapping --write
"""

import json
from pathlib import Path

import click
import numpy as np

from experiments.mapping.fitting import fit_confidence, fit_layer, questions
from experiments.mapping.gold import Task, load_tasks
from experiments.mapping.measuring import measure, page
from prodcat.arrays import Float32Array
from prodcat.files import write_json, write_text
from prodcat.trees.matching import scorer as scoring
from prodcat.trees.matching.likeness import Likeness
from prodcat.trees.matching.matching import first_probabilities, pair_probabilities
from prodcat.trees.matching.meanings import Encoder, find_meanings, multilingual_encoder
from prodcat.trees.matching.pairs import Pairs, find_pairs
from prodcat.trees.matching.scorer import (
    WEIGHTS,
    WITH_MEANING,
    WORDS_ALONE,
    Layer,
    Scorer,
    load_scorer,
    softmax,
)
from prodcat.trees.matching.structure import structure_signs

LAYERS = 2
KINDS = {
    WORDS_ALONE: ("shopify-2022 to shopify-2025", "shopify-2025 to google"),
    WITH_MEANING: (
        *("shopify-2022 to shopify-2025", "shopify-2025 to google"),
        "google-de to shopify-2025",
    ),
}
REPORT = Path("docs/reports/mapping.md")
SHIPPED = Path(str(scoring.__file__)).with_name(WEIGHTS)


class CachedEncoder:
    """Embeds each name once, and keeps it in a file.

    Args:
        file: Where.
    """

    def __init__(self, file: Path) -> None:
        self.file, self._known = file, dict[str, Float32Array]()
        self._encoder: Encoder | None = None
        if file.exists():
            with np.load(file, allow_pickle=False) as stored:
                self._known = dict(zip(stored["names"].tolist(), stored["vectors"], strict=True))

    def encode(self, texts: list[str]) -> Float32Array:
        """Return embeddings, (N, D)."""
        if new := [text for text in dict.fromkeys(texts) if text not in self._known]:
            self._encoder = self._encoder or multilingual_encoder()
            self._known |= dict(zip(new, self._encoder.encode(new).astype(np.float16), strict=True))
            vectors = np.stack(list(self._known.values()))
            np.savez(self.file, names=np.array(list(self._known)), vectors=vectors)
        return np.stack([self._known[text] for text in texts]).astype(np.float32)


def pairs_of(task: Task, encoder: Encoder | None, file: Path) -> Pairs:
    """Return a task's pairs, from a file where they are known."""
    if not file.exists():
        meanings = None if encoder is None else find_meanings(encoder, task.left, task.right)
        likeness = Likeness(task.left, task.right, meanings)
        pairs = find_pairs(likeness)
        pairs = find_pairs(likeness, first=(pairs, first_probabilities(pairs)))
        np.savez(file, starts=pairs.starts, right=pairs.right, signs=pairs.signs)
    with np.load(file, allow_pickle=False) as stored:
        return Pairs(stored["starts"], stored["right"], stored["signs"])


def fit(found: dict[Task, Pairs]) -> Scorer:
    """Fit a scorer on the first halves."""
    layers: list[Layer] = []
    signs = {task: pairs.signs for task, pairs in found.items()}
    for _ in range(LAYERS):
        asked = [
            question
            for task, pairs in found.items()
            for question in questions(task, pairs, signs[task])
        ]
        layers.append(fit_layer(asked))
        for task, pairs in found.items():
            probs = softmax(layers[-1].scores(signs[task]), pairs.starts)
            around = structure_signs(task.left, task.right, pairs, probs)
            signs[task] = np.concatenate([pairs.signs, around], axis=1)
    unsure = Scorer(tuple(layers), np.zeros(1, dtype=np.float32))
    probs_of = {t: pair_probabilities(t.left, t.right, p, unsure) for t, p in found.items()}
    confidence = fit_confidence([(p, probs_of[t], t.half(0)) for t, p in found.items()])
    return Scorer(tuple(layers), confidence)


def as_data(scorer: Scorer) -> dict[str, object]:
    """Return a scorer's numbers, with as many digits as say something."""

    def numbers(values: Float32Array) -> object:
        return np.vectorize(lambda value: float(f"{value:.4g}"))(values).tolist()

    return {
        "layers": [{n: numbers(v) for n, v in vars(layer).items()} for layer in scorer.layers],
        "confidence": numbers(scorer.confidence),
    }


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--work", type=click.Path(path_type=Path), required=True, help="For what is kept.")
@click.option("--kind", type=click.Choice(list(KINDS)), multiple=True, default=list(KINDS))
@click.option("--write", is_flag=True, help="Fit, and write weights and report.")
def main(folder: Path, work: Path, kind: tuple[str, ...], write: bool) -> None:
    """Fit on one half of the pairs in FOLDER, and report on the other."""
    work.mkdir(parents=True, exist_ok=True)
    tasks = load_tasks(folder)
    measured = []
    for each in kind:
        encoder = CachedEncoder(work / "names.npz") if each == WITH_MEANING else None
        names = KINDS[each]
        found = {
            tasks[name]: pairs_of(
                tasks[name], encoder, work / f"{name}.{each}.npz".replace(" ", "-")
            )
            for name in names
        }
        if write:
            fitted = fit(found)
            data = json.loads(SHIPPED.read_text()) if SHIPPED.exists() else {}
            write_json(SHIPPED, {**data, each: as_data(fitted)}, indent=0)
            load_scorer.cache_clear()
        for task, pairs in found.items():
            probs = pair_probabilities(task.left, task.right, pairs, load_scorer(each))
            measured.append(measure(task, pairs, probs, load_scorer(each), each))
            click.echo(measured[-1])
    if write and set(kind) == set(KINDS):
        write_text(REPORT, page(measured))


if __name__ == "__main__":
    main()
