"""The report as one page that needs nothing else: no network, no file beside it."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from prodcat.analyze.charts.chart import COLOURS
from prodcat.analyze.charts.plotly import plotly_script
from prodcat.analyze.findings.summary import ConfusedPair, Summary
from prodcat.analyze.page.page import Page, build_page
from prodcat.analyze.pictures import PictureSource
from prodcat.errors import AnalyzeError, require
from prodcat.files import write_text
from prodcat.measures.interval import percent_range
from prodcat.taxonomy.paths import split_path
from prodcat.wording import duration, number, p_value, percent, size

TEMPLATES = Path(__file__).parent / "templates"
SCRIPTS = ("report.js", "charts.js", "matrix.js", "grid.js")
DIGITS = 5
"""Of numbers in charts: more cannot be seen."""


def write_html(summary: Summary, file: Path, *, pictures: PictureSource | None = None) -> Page:
    """Write a report as one HTML file.

    Args:
        summary: What it says.
        file: Where to write.
        pictures: Where products' pictures are; None for none.

    Returns:
        What the page shows, among it how many pictures there was room for.

    Raises:
        AnalyzeError: If it cannot be written.
        MissingDependencyError: If plotly or Jinja is not installed.
    """
    page = build_page(summary, pictures)
    text = render(page)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, text, errors="replace")
    except OSError as error:
        raise AnalyzeError(f"Cannot write {file}: {error.strerror}.") from error
    return page


def render(page: Page) -> str:
    """Return the page's HTML; whatever comes from the runs is escaped.

    Raises:
        MissingDependencyError: If plotly or Jinja is not installed.
    """
    markup = require("markupsafe", extra="analyze").Markup
    return (
        build_environment(TEMPLATES)
        .get_template("report.html")
        .render(
            page=page,
            summary=page.summary,
            colours=COLOURS,
            style=markup(read_template("report.css")),
            plotly=markup(plotly_script()),
            script=markup("\n".join(read_template(name) for name in SCRIPTS)),
            data=markup(safe_json(page.data)),
        )
    )


def build_environment(*folders: Path) -> Any:
    """Return what renders the templates of these folders; whatever they are given is escaped.

    Raises:
        MissingDependencyError: If Jinja is not installed.
    """
    jinja2 = require("jinja2", extra="analyze")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        # Names, paths and settings are strangers' texts.
        autoescape=True,
        # A name misspelt in a template must not become an empty cell.
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters()
    return environment


def read_template(name: str) -> str:
    """Return one of the files that the page is made of."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def filters() -> dict[str, Callable[..., Any]]:
    """Return what the template writes numbers and paths with."""
    return {
        "percent": percent,
        "percent_range": percent_range,
        "number": number,
        "duration": duration,
        "size": size,
        "p_value": p_value,
        "trail": lambda path: split_path(path) if path else (),
        "count": lambda value: f"{value:,}",
        "pair_key": pair_key,
        "selection": lambda run, name: next((s for s in run.selections if s.name == name), None),
    }


def pair_key(pair: ConfusedPair) -> str:
    """Return what the matrix finds the examples of a cell by."""
    # As `matrix.js` writes it; no name has these signs, as one may have ` > `.
    return "\u241f".join("\u241e".join(split_path(path)) for path in (pair.label, pair.answer))


def safe_json(value: object) -> str:
    r"""Write JSON that may stand within a script element.

    >>> safe_json({"name": "</script><!--", "share": 0.123456789})
    '{"name":"\\u003c/script\\u003e\\u003c!--","share":0.12346}'
    """
    written = json.dumps(_rounded(value), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, Mapping):
        return dict(_rounded_items(value))
    if isinstance(value, list | tuple):
        return [_rounded(entry) for entry in value]
    return value


def _rounded_items(value: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key, entry in value.items():
        # What is missing is not written: the scripts find it undefined, and the page is smaller.
        if entry is not None:
            yield key, _rounded(entry)
