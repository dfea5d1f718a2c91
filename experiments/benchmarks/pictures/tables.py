"""Lays out what the picture changed as tables, for the screen and as Markdown."""

from collections.abc import Sequence

from experiments.benchmarks.pictures.answers import FULL, MASKED, Compared, Comparison
from experiments.benchmarks.pictures.effects import (
    LEAST,
    Change,
    Gain,
    by_category,
    by_pair,
    gain,
    in_all,
)
from experiments.benchmarks.section import Section
from prodcat.decision.accuracies import HEADLINE_ACCURACY, measure_at
from prodcat.decision.calibration import Calibration
from prodcat.evaluation.measuring import measure_side
from prodcat.measures.significance import LEVEL
from prodcat.measures.statistics import f1_of, mean_of, measured
from prodcat.runs.records import Selection
from prodcat.taxonomy.paths import CategoryPath, join_path
from prodcat.wording import ABSENT, number, p_value, percent

CATEGORIES_SHOWN = 10
"""Of those that gain most, and of those that lose most."""
PAIRS_SHOWN = 15


def lay_out(compared: Compared, calibration: Calibration) -> list[Section]:
    """Return all tables."""
    sections = [accuracies(compared), measures(compared, calibration)]
    for text in (MASKED, FULL):
        if text in compared.texts:
            outcomes = compared.texts[text].outcomes
            sections.append(categories(by_category(outcomes), compared.leaf_paths, text))
            sections.append(pairs(by_pair(outcomes), compared.leaf_paths, text))
    return sections


def accuracies(compared: Compared) -> Section:
    """Compare the accuracy under each text."""
    rows = []
    for text, found in compared.texts.items():
        n = len(found.given.labels)
        if found.without is None:
            right = float((found.given.logits.argmax(axis=1) == found.given.labels).mean())
            cells = [ABSENT, percent(right, digits=2), *[ABSENT] * 4]
        else:
            before, after = found.outcomes.right
            change = in_all(found.outcomes)
            cells = [
                *_gain_cells(gain(mean_of(before), mean_of(after), n)),
                f"{change.only_without:,}",
                f"{change.only_given:,}",
                _p(change.p),
            ]
        rows.append([text, f"{n:,}", *cells])
    return Section(
        "Accuracy by the text given",
        "Right only without and only with the picture, and McNemar's exact p of these two.",
        ("text", "N", "without", "with", "difference", "only without", "only with", "p"),
        rows,
    )


def measures(compared: Compared, calibration: Calibration) -> Section:
    """Compare macro-F1, and coverage with the accuracy reached, under each text."""
    rows = []
    for text, found in compared.texts.items():
        sides = {"with": found.given} | ({"without": found.without} if found.without else {})
        measured = {s.name: s for s in measure_side(sides, calibration, compared.leaf_paths)}
        answered = [_coverage(measured.get(name)) for name in ("without", "with")]
        rows.append([text, *_macro_f1_cells(found), *answered])
    return Section(
        "Macro-F1 and coverage by the text given",
        "Coverage is the share of products whose best leaf is answered at 98 %, by the model's own"
        " thresholds for these parts; in brackets how many of these answers are right."
        " The thresholds were chosen on whole names, and promise nothing for masked ones.",
        (
            "text",
            "macro-F1 without",
            "with",
            "difference",
            "answered without (right)",
            "answered with (right)",
        ),
        rows,
    )


def categories(changes: Sequence[Change], paths: Sequence[CategoryPath], text: str) -> Section:
    """Show the categories that gain and that lose the most right answers."""
    order = sorted(changes, key=lambda change: (-change.difference, change.key))
    gaining = [change for change in order if change.difference > 0]
    losing = [change for change in order if change.difference < 0]
    shown = gaining[:CATEGORIES_SHOWN] + losing[-CATEGORIES_SHOWN:]
    return Section(
        f"By category, {text}",
        f"Of {len(changes):,} categories {len(gaining):,} have more right answers with the"
        f" picture, {len(losing):,} fewer. {_tested(changes, 'products', 1)}",
        ("category", "N", "right without", "right with", "difference", "p, corrected"),
        [
            [join_path(paths[change.key[0]]), f"{change.n:,}", *_change_cells(change)]
            for change in shown
        ],
    )


def pairs(changes: Sequence[Change], paths: Sequence[CategoryPath], text: str) -> Section:
    """Show the pairs with the most mix-ups without the picture."""
    order = sorted(changes, key=lambda change: (-change.without, -change.n, change.key))
    sums = [sum(each) for each in zip(*((c.without, c.given) for c in changes), strict=True)]
    before, after = sums or (0, 0)
    return Section(
        f"By pair mixed up, {text}",
        f"{before:,} mix-ups without the picture, {after:,} with it, in {len(changes):,} pairs."
        f" {_tested(changes, 'products mixed up, without or with it', -1)}",
        ("pair", "mix-ups without", "with", "difference", "p, corrected"),
        [
            [" / ".join(join_path(paths[leaf]) for leaf in change.key), *_change_cells(change)]
            for change in order[:PAIRS_SHOWN]
        ],
    )


def _tested(changes: Sequence[Change], what: str, better: int) -> str:
    """Say how many groups were tested, and what came of it.

    Args:
        changes: All groups.
        what: Of which each tested one has enough.
        better: 1 where more hits are better, -1 where fewer are.
    """
    tested = [change for change in changes if change.p is not None]
    signs = [better * change.difference for change in tested if change.significant]
    return (
        f"Tested are the {len(tested):,} with {LEAST} or more {what}, with McNemar's exact test,"
        f" corrected after Holm. Significant (p ≤ {LEVEL}): {sum(sign > 0 for sign in signs):,}"
        f" better with the picture, {sum(sign < 0 for sign in signs):,} worse."
    )


def _coverage(selection: Selection | None) -> str:
    if selection is None:
        return ABSENT
    answered, right = (
        selection.measures[measure_at(name, HEADLINE_ACCURACY)].value
        for name in ("coverage", "accuracy")
    )
    return f"{percent(answered)} ({percent(right)})"


def _macro_f1_cells(found: Comparison) -> list[str]:
    if found.without is None:
        f1 = f1_of(found.given.labels, found.given.logits.argmax(axis=1), weighted=False)
        return [ABSENT, percent(measured(f1, len(found.given.labels)), digits=2), ABSENT]
    outcomes = found.outcomes
    both = [
        f1_of(outcomes.labels, best, weighted=False) for best in (outcomes.without, outcomes.given)
    ]
    return _gain_cells(gain(both[0], both[1], len(outcomes.labels)))


def _gain_cells(found: Gain) -> list[str]:
    low, high = (number(100 * end, digits=2, signed=True) for end in (found.low, found.high))
    value = number(100 * found.value, digits=2, signed=True)
    shares = [percent(share, digits=2) for share in (found.without, found.given)]
    return [*shares, f"{value} ({low} to {high})"]


def _change_cells(change: Change) -> list[str]:
    return [
        f"{change.without:,}",
        f"{change.given:,}",
        number(change.difference, digits=0, signed=True),
        _p(change.p),
    ]


def _p(p: float | None) -> str:
    return ABSENT if p is None else p_value(p)
