"""A model of the new tree tells the products of a split category apart."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prodcat.corpus.store import Corpus
from prodcat.inference.predictor import Predictor
from prodcat.inference.threads import in_batches
from prodcat.migrating.plan import Choice, Plan
from prodcat.product import Product
from prodcat.screen import OnProgress
from prodcat.taxonomy.paths import CategoryPath

BATCH = 256


@dataclass(frozen=True)
class Asked:
    """What a model said of the products of split categories."""

    choices: dict[str, Choice]
    asked: int


def ask_model(
    corpus: Corpus, plan: Plan, predictor: Predictor, on_progress: OnProgress | None = None
) -> Asked:
    """Ask a model for the products that nobody chose a category for.

    What it answers counts where it does not abstain, and is one of the categories that the
    product's own is split into, or lies below one.

    Args:
        corpus: Where the products are.
        plan: Says which.
        predictor: Answers in the new tree.
        on_progress: Called after each batch.

    Raises:
        CorpusError: If it cannot be read.
    """
    right = plan.mapping.right
    among: dict[str, dict[CategoryPath, str]] = {}
    for one in plan.outcomes:
        among[one.category] = {right.path(c): c for c in one.counterparts}
    wanted = {one.id: among[one.old] for one in plan.splits if one.counts and one.choice is None}
    choices: dict[str, Choice] = {}
    done = 0
    for some in in_batches(_products(corpus, wanted), BATCH):
        for product, answer in zip(some, predictor.predict_many(some), strict=True):
            targets = wanted[str(product.id)]
            for depth in range(len(answer.path), 0, -1):
                if not answer.abstained and answer.path[:depth] in targets:
                    who = f"model {predictor.model.name}"
                    choices[str(product.id)] = Choice(targets[answer.path[:depth]], who)
                    break
        done += len(some)
        if on_progress is not None:
            on_progress(done, len(wanted))
    return Asked(choices, len(wanted))


def _products(corpus: Corpus, wanted: Iterable[str]) -> Iterator[Product]:
    ids = set(wanted)
    for row in corpus.rows():
        if row.id in ids:
            picture = corpus.images.contained(row.image_sha256)
            is_there = picture is not None and picture.is_file()
            yield Product(row.name, row.description, picture if is_there else None, row.id)
