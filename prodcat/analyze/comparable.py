"""Whether runs may be held side by side: the same corpus, and the same products on each side."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from prodcat.analyze.predictions import SIDES
from prodcat.analyze.runs import Run
from prodcat.errors import AnalyzeError


@dataclass
class _Known:
    """What all runs together say of a product."""

    split: str
    label: str
    run: str
    parts: set[str] = field(default_factory=set)
    """Those that any run made use of."""


def check_comparable(runs: Sequence[Run], *, force: bool = False) -> list[str]:
    """Refuse to hold runs side by side that differ in more than the model.

    A run may lack products that have none of the parts it reads, such as those without a
    picture; see `lacking`.

    Args:
        runs: To be compared.
        force: Rather tell what differs than refuse. Pairs of runs are then compared on the
            products that both have on that side, with the same label.

    Returns:
        What differs, a line each; empty when nothing does.

    Raises:
        AnalyzeError: If something differs and *force* is not given.
    """
    differ = [*_corpora(runs), *_products(runs)]
    if differ and not force:
        raise AnalyzeError(
            f"These runs cannot be held side by side. {' '.join(differ)}"
            " Report them apart, or force it: the report is then marked."
        )
    return differ


def lacking(runs: Sequence[Run], side: str) -> list[str]:
    """Tell which runs have no answer for some products of a side, a line each."""
    every = {product for run in runs for product in run.predictions.side(side).ids}
    told = []
    for run in runs:
        own = len(run.predictions.side(side))
        if own < len(every):
            told.append(
                f"{run.name} answers {own:,} of {len(every):,} products: the others have none of"
                f" the parts it reads ({', '.join(run.predictions.reads) or 'none'})."
                " It is compared with other runs on those that both answer."
            )
    return told


def _corpora(runs: Sequence[Run]) -> list[str]:
    first = runs[0]
    other = [run for run in runs if run.fingerprint != first.fingerprint]
    if not other:
        return []
    return [
        f"{_names(other)} {'was' if len(other) == 1 else 'were'} trained on another corpus than"
        f" {first.name} (or on the same before or after a change)."
    ]


def _products(runs: Sequence[Run]) -> list[str]:
    known: dict[str, _Known] = {}
    moved: dict[tuple[str, str, str], list[str]] = {}
    for run in runs:
        for split in SIDES:
            side = run.predictions.side(split)
            labels = [side.paths[label] for label in side.labels.tolist()]
            has = {part: values.tolist() for part, values in side.has.items()}
            for i, (product, label) in enumerate(zip(side.ids, labels, strict=True)):
                first = known.setdefault(product, _Known(split, label, run.name))
                first.parts.update(part for part, values in has.items() if values[i])
                for what, same in (
                    ("split", first.split == split),
                    ("label", first.label == label),
                ):
                    if not same:
                        moved.setdefault((first.run, run.name, what), []).append(product)
    told = [
        f"{one} and {other} have {len(products):,} products with another {what},"
        f" such as {products[0]:.60}."
        for (one, other, what), products in moved.items()
    ]
    return told + _missing(runs, known)


def _missing(runs: Sequence[Run], known: dict[str, _Known]) -> list[str]:
    """Products that a run should have answered, and that only others have."""
    told = []
    for run in runs:
        own = {product for split in SIDES for product in run.predictions.side(split).ids}
        reads = set(run.predictions.reads)
        lost = [p for p, first in known.items() if p not in own and first.parts & reads]
        if lost:
            told.append(
                f"{run.name} lacks {len(lost):,} products that {known[lost[0]].run} has,"
                f" such as {lost[0]:.60}."
            )
    return told


def _names(runs: Sequence[Run]) -> str:
    names = [run.name for run in runs]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
