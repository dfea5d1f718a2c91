"""Whether runs may be held side by side: the same corpus, and the same products on each side."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from prodcat.errors import AnalyzeError
from prodcat.runs.format import SIDES
from prodcat.runs.reading import Run


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
    differ = _corpora(runs) or _products(runs)
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
    other = [run.name for run in runs if run.fingerprint != first.fingerprint]
    if not other:
        return []
    ids = [{key for side in SIDES for key in run.predictions.side(side).ids} for run in runs]
    shared, every = set.intersection(*ids), set.union(*ids)
    return [
        f"{_names(other)} {'was' if len(other) == 1 else 'were'} trained on another corpus than"
        f" {first.name} (or on the same before or after a change): of {len(every):,} products,"
        f" all runs have {len(shared):,}."
    ]


def _products(runs: Sequence[Run]) -> list[str]:
    known: dict[str, _Known] = {}
    moved: dict[tuple[str, str], dict[str, list[str]]] = {}
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
                        others = moved.setdefault((first.run, what), {})
                        others.setdefault(run.name, []).append(product)
    told = []
    for (one, what), others in moved.items():
        products = {product for found in others.values() for product in found}
        told.append(
            f"{_names(list(others))} {'has' if len(others) == 1 else 'have'}"
            f" {_count(len(products))} with another {what} than {one}, such as {min(products):.60}."
        )
    return told + _missing(runs, known)


def _missing(runs: Sequence[Run], known: dict[str, _Known]) -> list[str]:
    """Products that some runs should have answered, and that only others have."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for run in runs:
        own = {product for split in SIDES for product in run.predictions.side(split).ids}
        reads = set(run.predictions.reads)
        lost = tuple(p for p, first in known.items() if p not in own and first.parts & reads)
        if lost:
            alike.setdefault(lost, []).append(run.name)
    return [
        f"{_names(names)} {'lacks' if len(names) == 1 else 'lack'} {_count(len(lost))} that"
        f" {known[lost[0]].run} has, such as {lost[0]:.60}."
        for lost, names in alike.items()
    ]


def _count(n: int) -> str:
    return f"{n:,} product{'' if n == 1 else 's'}"


def _names(names: Sequence[str]) -> str:
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
