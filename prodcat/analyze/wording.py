"""How a report words its measures and writes its numbers, the same in every output."""

from dataclasses import dataclass

from prodcat.analyze.summary import Interval

ABSENT = "–"
ELLIPSIS = "…"


@dataclass(frozen=True)
class Measure:
    """What a measure is called, and what it means in one sentence."""

    title: str
    meaning: str
    better: int = 1
    """1 where more is better, -1 where less is."""


MEASURES = {
    "accuracy": Measure("Accuracy", "Share of products whose best leaf is right."),
    "macro_f1": Measure(
        "Macro-F1", "F1 of each leaf category, averaged: small categories count as much as large."
    ),
    "coverage_at_95": Measure(
        "Coverage at 95 %",
        "Share of products answered when those answered are to be 95 % right;"
        " the threshold is chosen on validation.",
    ),
    "coverage_at_98": Measure(
        "Coverage at 98 %",
        "Share of products answered when those answered are to be 98 % right;"
        " the threshold is chosen on validation.",
    ),
    "accuracy_at_95": Measure("Reached at 95 %", "Accuracy of what is answered at 95 %."),
    "accuracy_at_98": Measure("Reached at 98 %", "Accuracy of what is answered at 98 %."),
    "path_coverage_at_95": Measure(
        "Path coverage at 95 %", "The same at 95 %, where a category above the leaf counts too."
    ),
    "path_coverage_at_98": Measure(
        "Path coverage at 98 %", "The same at 98 %, where a category above the leaf counts too."
    ),
    "path_accuracy_at_95": Measure("Path reached at 95 %", "Accuracy of the paths answered."),
    "path_accuracy_at_98": Measure("Path reached at 98 %", "Accuracy of the paths answered."),
    "parent_accuracy": Measure(
        "Parent accuracy", "Share of products whose best leaf is at least below the right parent."
    ),
    "top_5_accuracy": Measure(
        "Top-5 accuracy", "Share of products whose label is among the five best leaves."
    ),
    "weighted_f1": Measure("Weighted F1", "F1 of each leaf category, weighted by its products."),
    "hierarchical_f1": Measure(
        "Hierarchical F1", "F1 over the categories on the way down: near misses count in part."
    ),
    "calibration_error": Measure(
        "Calibration error", "How far confidence is from accuracy, on average.", better=-1
    ),
}
"""In the order in which they are shown."""


def percent(value: float | None, *, digits: int = 1, signed: bool = False) -> str:
    """Write a share as per cent.

    >>> percent(0.9612), percent(None), percent(-0.004, signed=True), percent(1.0, digits=0)
    ('96.1 %', '–', '−0.4 %', '100 %')
    """
    if value is None:
        return ABSENT
    return f"{number(100 * value, digits=digits, signed=signed)} %"


def number(value: float | None, *, digits: int = 1, signed: bool = False) -> str:
    """Write a number with a true minus and never as minus zero.

    >>> number(-0.04), number(-1234.56), number(0.26, signed=True)
    ('0.0', '−1,234.6', '+0.3')
    """
    if value is None:
        return ABSENT
    rounded = round(value, digits) + 0.0
    return f"{rounded:{'+' if signed and rounded else ''},.{digits}f}".replace("-", "−")


def percent_range(interval: Interval, *, digits: int = 1) -> str:
    """Write the ends of an interval of shares.

    >>> percent_range(Interval(0.9, 0.882, 0.92))
    '88.2–92.0'
    """
    if interval.low is None or interval.high is None:
        return ""
    return f"{100 * interval.low:.{digits}f}–{100 * interval.high:.{digits}f}"


def p_value(p: float) -> str:
    """Write a p value.

    >>> p_value(0.0312), p_value(0.00001)
    ('0.031', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def duration(seconds: float | None) -> str:
    """Write a time as a person would say it.

    >>> duration(4145.7), duration(95), duration(12.3), duration(None)
    ('1 h 9 min', '1 min 35 s', '12 s', '–')
    """
    if seconds is None:
        return ABSENT
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600:,} h {whole % 3600 // 60} min"
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


def size(count: float | None) -> str:
    """Write a number of bytes.

    >>> size(33_612_345), size(512), size(None)
    ('33.6 MB', '512 bytes', '–')
    """
    if count is None:
        return ABSENT
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count:.0f} bytes"


def shorten(text: str, length: int) -> str:
    """Cut a text to at most that many characters.

    >>> shorten("Running Shoes", 8), shorten("Boots", 8)
    ('Running…', 'Boots')
    """
    return text if len(text) <= length else text[: length - 1].rstrip() + ELLIPSIS
