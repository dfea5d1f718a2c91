"""From a tree of categories, and unlabelled products where there are some, to a model directory.

A category is the mean embedding of a few phrases (a prototype), moved towards the unlabelled
products that are surely its own; words and letters that names share with categories are regressed
onto word pieces and their pairs, so that all of it is one graph. `docs/reports/start.md` has what
each part brings.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from prodcat.arrays import Float32Array
from prodcat.config import TextConfig
from prodcat.decision.scores import Scores
from prodcat.errors import TableError, TaxonomyError
from prodcat.files import let_all_read, write_text, write_whole
from prodcat.inputs.text import clean_text
from prodcat.modeldir.format import TOKENIZER
from prodcat.modeldir.recalibrating import refuse_existing
from prodcat.modeldir.writing import ModelFacts, write_model_dir
from prodcat.product import PathLike
from prodcat.screen import OnProgress
from prodcat.starting.adapting import moved, top_scores, unit
from prodcat.starting.building import built_at, check_room
from prodcat.starting.calibrating import Known, estimated, known
from prodcat.starting.card import card_of
from prodcat.starting.encoder import StartEncoder, open_encoder
from prodcat.starting.graphs import write_graphs
from prodcat.starting.overlap import Overlap
from prodcat.starting.phrases import made_names, phrases
from prodcat.starting.pieces import Pieces, regress
from prodcat.starting.result import Alike, Started
from prodcat.tables.table import open_table
from prodcat.taxonomy.paths import CategoryPath
from prodcat.taxonomy.tree import Taxonomy
from prodcat.trees.tree_files import read_tree

MOST_PRODUCTS = 10_000
"""Products that are looked at; more teach it nothing and take their time."""
HELD = 20
"""Times as many names are held at most while a table is read."""
LEAST_PRODUCTS = 100
"""With fewer products the prototypes stay where they are."""
MADE = 8000
"""Names that are made of the categories."""
MANY = 1000
"""Categories from which two phrases of each are enough to learn the words from."""
SCALE = 10.0
"""Makes logits of cosines, so that temperatures are about 1."""
MOST_ALIKE = 20
OnMessage = Callable[[str], None]


@dataclass(frozen=True)
class Learnt:
    """The head of a model, as numbers."""

    pieces: Pieces
    weights: Float32Array
    """Of word pieces and their pairs, (rows, C)."""
    prototypes: Float32Array
    """(C, D)."""
    bias: Float32Array
    """(C,)."""
    alike: tuple[Alike, ...]


def start(
    tree: PathLike | Taxonomy,
    out: PathLike,
    *,
    products: PathLike | None = None,
    encoder: PathLike | None = None,
    threads: int = 1,
    on_message: OnMessage | None = None,
    on_progress: OnProgress | None = None,
) -> Started:
    """Make a model of the names of its categories; no product needs a label.

    Args:
        tree: A file of any form that `prodcat.trees.read_tree` reads, a corpus, or a tree.
        out: The model directory; it may not be there yet.
        products: A table or a corpus of the shop's products, whose labels are not looked at.
            With some hundreds of them it does better.
        encoder: A model directory or run whose text encoder is taken, or the folder or hub name
            of a pretrained one; None for the bundled model's.
        threads: To compute with.
        on_message: Gets a line for each step.
        on_progress: Called while texts are embedded.

    Raises:
        TaxonomyError: If there is no tree, or it has a single category.
        TableError: If the products cannot be read, or have no name.
        ModelError: If *out* is there already, or the encoder cannot be used.
        MissingDependencyError: Without the ``train`` extra.
    """
    folder = Path(out)
    refuse_existing(folder)
    check_room(folder)
    tell = on_message or (lambda _: None)
    taxonomy = tree if isinstance(tree, Taxonomy) else read_tree(tree)
    leaves = taxonomy.leaf_ids
    if len(leaves) < 2:
        raise TaxonomyError(f"The tree has {len(leaves)} leaf category; at least 2 are needed.")
    paths = [taxonomy.path(leaf) for leaf in leaves]
    tell(f"{len(leaves):,} leaf categories, {len(taxonomy):,} in all")
    names = names_of(products) if products is not None else []
    if products is not None:
        tell(f"{len(names):,} names of products, without their labels")
    chosen = open_encoder(encoder, threads)
    learnt, scores = learn(paths, names, chosen, on_progress)
    with built_at(folder) as building:
        write_started(building, chosen, learnt, taxonomy, leaves, scores, known())
        started = Started(
            folder, len(leaves), len(taxonomy), len(names), chosen.name, learnt.alike, known()
        )
        write_text(building / "MODEL_CARD.md", card_of(started))
        let_all_read(building)
    return started


def names_of(products: PathLike) -> list[str]:
    """Return names of products, evenly spread where there are many; each once.

    Raises:
        TableError: If the table cannot be read, or no product has a name.
    """
    table = open_table(products, fields=("id", "name"))
    once: dict[str, None] = {}
    every = 1
    for place, row in enumerate(table.rows()):
        if place % every == 0 and (name := clean_text(row.name)):
            once[name] = None
            if len(once) >= HELD * MOST_PRODUCTS:
                # A table of millions would fill the memory.
                once, every = dict.fromkeys(list(once)[::2]), 2 * every
    if not once:
        raise TableError(f"{products} has no product with a name; name its column.")
    names = list(once)
    step = max(1.0, len(names) / MOST_PRODUCTS)
    return [names[int(place * step)] for place in range(min(len(names), MOST_PRODUCTS))]


def learn(
    paths: Sequence[CategoryPath],
    names: Sequence[str],
    encoder: StartEncoder,
    on_progress: OnProgress | None = None,
) -> tuple[Learnt, Float32Array]:
    """Learn the head of a model.

    Args:
        paths: Of the categories, (C,).
        names: Of products, (N,); may be empty.
        encoder: Embeds both.
        on_progress: Called while texts are embedded.

    Returns:
        The head, and its scores of the products, (N, C).
    """
    said = [phrases(path) for path in paths]
    count = len(said[0])
    texts = [*(text for of_one in said for text in of_one), *names]
    vectors = unit(encoder.embed(texts, on_progress))
    parts = vectors[: len(paths) * count].reshape(len(paths), count, -1)
    prototypes, products = unit(parts.sum(axis=1)), vectors[len(paths) * count :]
    pieces, weights, features = _learn_words(paths, said, names, encoder)

    def score(part: slice) -> Float32Array:
        scores: Float32Array = products[part] @ current.T + bias + features[part] @ weights
        return scores

    alike = _alike(prototypes, paths)
    current, bias = prototypes, np.zeros(len(paths), dtype=np.float32)
    if len(names) >= LEAST_PRODUCTS:
        current = moved(prototypes, products, score)
        more, its_bias = top_scores(score, products, [path[0] for path in paths])
        current, bias = current + more, its_bias
    return Learnt(pieces, weights, current, bias, alike), score(slice(None))


def _learn_words(
    paths: Sequence[CategoryPath],
    said: Sequence[Sequence[str]],
    names: Sequence[str],
    encoder: StartEncoder,
) -> tuple[Pieces, Float32Array, Any]:
    """Return pieces with their weights, and those of the products."""
    each = max(1, MADE // len(paths))
    made = [name for path in paths for name in made_names(path)[:each]]
    if len(paths) > MANY:
        said = [(of_one[0], of_one[-1]) for of_one in said]
    examples = [*(text for of_one in said for text in of_one), *made]
    of_examples, of_names = encoder.tokenize(examples), encoder.tokenize(names)
    pieces = Pieces(of_examples, of_names)
    wanted = Overlap(paths).scores([*examples, *names])
    weights = regress(pieces.matrix([*of_examples, *of_names]), wanted)
    return pieces, weights, pieces.matrix(of_names)


def write_started(
    folder: Path,
    encoder: StartEncoder,
    learnt: Learnt,
    taxonomy: Taxonomy,
    leaves: Iterable[str],
    scores: Float32Array,
    numbers: Known,
) -> None:
    """Write all files of the model directory but its card."""
    write_whole(folder / TOKENIZER, encoder.tokenizer)
    write_graphs(
        folder,
        encoder.graph,
        encoder.width,
        learnt.pieces,
        learnt.weights,
        learnt.prototypes,
        learnt.bias,
        scale=SCALE,
        vocabulary=encoder.reader.vocabulary,
    )
    # Names say what a thing is; a description beside one would thin it out.
    text = TextConfig(encoder.name, max_tokens=encoder.reader.max_tokens, description="alone")
    facts = ModelFacts("started", text, None, taxonomy, list(leaves))
    products = Scores(scores * SCALE) if len(scores) >= LEAST_PRODUCTS else None
    write_model_dir(folder, facts, estimated(numbers, products))


def _alike(prototypes: Float32Array, paths: Sequence[CategoryPath]) -> tuple[Alike, ...]:
    """Return the pairs of categories whose names are most alike."""
    pairs: list[tuple[float, int, int]] = []
    for place in range(len(paths) - 1):
        cosines = prototypes[place + 1 :] @ prototypes[place]
        nearest = int(cosines.argmax())
        pairs.append((float(cosines[nearest]), place, place + 1 + nearest))
    pairs.sort(key=lambda pair: -pair[0])
    return tuple(Alike(paths[a], paths[b], round(c, 3)) for c, a, b in pairs[:MOST_ALIKE])
