"""The measures of one set of products in ``metrics.json``, written and read."""

from collections.abc import Mapping
from dataclasses import asdict

from prodcat.errors import AnalyzeError
from prodcat.measures.interval import Interval
from prodcat.measures.measure import RiskCoverage, SetMeasures
from prodcat.runs.values import mapping_or_none, share, whole
from prodcat.wording import clean

MAX_CURVE = 10_000
"""Points of a curve that are read."""


def measures_to_dict(measured: SetMeasures) -> dict[str, object]:
    """Return plain data for JSON."""
    return {
        "n": measured.n,
        "classes": measured.classes,
        "classes_present": measured.classes_present,
        # On one level, as format 2 has it: runs that are stored stay readable.
        **{name: asdict(interval) for name, interval in measured.intervals.items()},
        **measured.thresholds,
        "risk_coverage": {
            "coverage": list(measured.risk_coverage.coverage),
            "risk": list(measured.risk_coverage.risk),
        },
    }


def read_measures(data: Mapping[object, object], whose: str) -> SetMeasures:
    """Read what `measures_to_dict` wrote.

    Raises:
        AnalyzeError: If it does not count its products, or a measure is no share.
    """
    n = whole(data.get("n"))
    if n is None:
        raise AnalyzeError(f"metrics.json does not say how many products {whose} has")
    named = {clean(str(key)): value for key, value in data.items()}
    return SetMeasures(
        n=n,
        classes=whole(data.get("classes")),
        classes_present=whole(data.get("classes_present")),
        intervals={
            key: _read_interval(key, value)
            for key, value in named.items()
            # By their shape, not by name: a later version may measure more than we know of.
            if isinstance(value, Mapping) and "value" in value
        },
        thresholds={
            key: share(value)
            for key, value in named.items()
            if key.startswith(("threshold_at_", "path_threshold_at_"))
        },
        risk_coverage=_read_curve(mapping_or_none(data.get("risk_coverage"))),
    )


def _read_interval(name: str, stored: Mapping[object, object]) -> Interval:
    ends = [stored.get(end) for end in ("value", "low", "high")]
    if any(end is not None and share(end) is None for end in ends):
        raise AnalyzeError(f"metrics.json has a {name:.40} that is no share")
    return Interval(*map(share, ends))


def _read_curve(stored: Mapping[object, object]) -> RiskCoverage:
    coverage, risk = _shares(stored.get("coverage")), _shares(stored.get("risk"))
    return RiskCoverage(coverage, risk) if len(coverage) == len(risk) else RiskCoverage()


def _shares(values: object) -> tuple[float, ...]:
    """Return a list of shares; nothing where one of them is none, since each has its place."""
    listed = values[:MAX_CURVE] if isinstance(values, list) else []
    shares = [exact for exact in map(share, listed) if exact is not None]
    return tuple(shares) if len(shares) == len(listed) else ()
