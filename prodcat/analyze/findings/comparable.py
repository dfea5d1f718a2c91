"""Whether runs may be held side by side: the same corpus, and the same products on each side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from prodcat.errors import AnalyzeError
from prodcat.runs.format import SIDES
from prodcat.runs.reading import Run


@dataclass
class _Product:
    """What the first run that has a product says of it, and which parts any run made use of."""

    run: str
    """Name of that run."""
    split: str
    label: str
    parts: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Change:
    """Runs say something else of some products than an earlier run does."""

    earlier: str
    """Name of that run."""
    what: str
    """``split`` or ``label``."""


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
    # Another corpus has other products, so these need not be told one by one.
    lines = _corpora(runs) or _products(runs)
    if lines and not force:
        raise AnalyzeError(
            f"These runs cannot be held side by side. {' '.join(lines)}"
            " Report them apart, or force it: the report is then marked."
        )
    return lines


def lacking(runs: Sequence[Run], side: str) -> list[str]:
    """Tell which runs have no answer for some products of a side, a line each."""
    every = {product for run in runs for product in run.predictions.side(side).ids}
    lines = []
    for run in runs:
        answered = len(run.predictions.side(side))
        if answered < len(every):
            lines.append(
                f"{run.name} answers {answered:,} of {len(every):,} products: the others have none"
                f" of the parts it reads ({', '.join(run.predictions.reads) or 'none'})."
                " It is compared with other runs on those that both answer."
            )
    return lines


def _corpora(runs: Sequence[Run]) -> list[str]:
    first = runs[0]
    strangers = [run.name for run in runs if run.fingerprint != first.fingerprint]
    if not strangers:
        return []
    # A fingerprint changes with a single product; the ids tell whether it is another shop.
    ids = [_ids(run) for run in runs]
    shared, every = set.intersection(*ids), set.union(*ids)
    return [
        f"{_names(strangers)} {'was' if len(strangers) == 1 else 'were'} trained on another corpus"
        f" than {first.name} (or on the same before or after a change): of {len(every):,} products,"
        f" all runs have {len(shared):,}."
    ]


def _products(runs: Sequence[Run]) -> list[str]:
    products: dict[str, _Product] = {}
    changed: dict[_Change, dict[str, list[str]]] = {}
    for run in runs:
        # Both, whichever is reported: what tests one run may have chosen the thresholds of another.
        for split in SIDES:
            side = run.predictions.side(split)
            labels = [side.paths[label] for label in side.labels.tolist()]
            has = {part: values.tolist() for part, values in side.has.items()}
            for i, (id, label) in enumerate(zip(side.ids, labels, strict=True)):
                first = products.setdefault(id, _Product(run.name, split, label))
                # Of all runs together: one that reads names alone does not know of a picture.
                first.parts.update(part for part, values in has.items() if values[i])
                for what, is_same in (
                    ("split", first.split == split),
                    ("label", first.label == label),
                ):
                    if not is_same:
                        by_run = changed.setdefault(_Change(first.run, what), {})
                        by_run.setdefault(run.name, []).append(id)
    lines = []
    for change, by_run in changed.items():
        ids = {id for ids_of_run in by_run.values() for id in ids_of_run}
        lines.append(
            f"{_names(list(by_run))} {'has' if len(by_run) == 1 else 'have'} {_count(len(ids))}"
            f" with another {change.what} than {change.earlier}, such as {min(ids):.60}."
        )
    return lines + _missing(runs, products)


def _missing(runs: Sequence[Run], products: Mapping[str, _Product]) -> list[str]:
    """Products that some runs should have answered, and that only others have."""
    runs_without: dict[tuple[str, ...], list[str]] = {}
    for run in runs:
        ids = _ids(run)
        reads = set(run.predictions.reads)
        # A run that reads names alone need not answer a product that has none.
        missing = tuple(p for p in products if p not in ids and products[p].parts & reads)
        if missing:
            runs_without.setdefault(missing, []).append(run.name)
    return [
        f"{_names(names)} {'lacks' if len(names) == 1 else 'lack'} {_count(len(missing))} that"
        f" {products[missing[0]].run} has, such as {missing[0]:.60}."
        for missing, names in runs_without.items()
    ]


def _ids(run: Run) -> set[str]:
    return {id for side in SIDES for id in run.predictions.side(side).ids}


def _count(n: int) -> str:
    return f"{n:,} product{'' if n == 1 else 's'}"


def _names(names: Sequence[str]) -> str:
    # A sweep may have hundreds of runs, and the reason is to stay one line.
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
