"""An evaluation as one page that needs nothing else: no network, no file beside it."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodcat.analyze.page.html import TEMPLATES as REPORT_TEMPLATES
from prodcat.analyze.page.html import build_environment, read_template, safe_json
from prodcat.errors import require
from prodcat.files import write_text
from prodcat.taxonomy.paths import join_path
from prodcat.trial.result import Evaluation, LabelledProduct, ModelAnswer

TEMPLATES = Path(__file__).parent / "templates"
LISTED = 500
"""Products on the page."""
LISTED_LABELS = 100
"""Of each model and kind."""
PICTURE_BYTES = 6_500_000
"""Of all pictures of a page, as written in it."""
ORDER = ("wrong", "abstained", "right")


@dataclass(frozen=True)
class ProductLine:
    """A product on the page."""

    product: LabelledProduct
    answers: tuple[ModelAnswer, ...]
    """Of each model."""
    outcomes: str
    """Theirs, each once, for the filter."""
    picture: int | None
    """Its place among the page's pictures."""


def write_page(evaluation: Evaluation, file: Path) -> None:
    """Write an evaluation as one HTML file.

    Raises:
        MissingDependencyError: If Jinja is not installed.
    """
    write_text(file, render(evaluation), errors="replace")


def render(evaluation: Evaluation) -> str:
    """Return the page's HTML; whatever comes from the table is escaped."""
    markup = require("markupsafe", extra="analyze").Markup
    environment = build_environment(TEMPLATES, REPORT_TEMPLATES)
    environment.filters["joined"] = join_path
    lines, pictures = choose_products(evaluation)
    script = read_template("report.js") + (TEMPLATES / "evaluation.js").read_text("utf-8")
    data: dict[str, Any] = {"pictures": pictures}
    return environment.get_template("evaluation.html").render(
        evaluation=evaluation,
        lines=lines,
        has_pictures=bool(pictures),
        listed_labels=LISTED_LABELS,
        style=markup(read_template("report.css")),
        own_style=markup((TEMPLATES / "evaluation.css").read_text("utf-8")),
        script=markup(script),
        data=markup(safe_json(data)),
    )


def choose_products(evaluation: Evaluation) -> tuple[list[ProductLine], list[str]]:
    """Return the products to show, those that went wrong and the surest first, and their pictures.

    Returns:
        The products, and pictures as base64, as many as there is room for.
    """
    answers = [tuple(m.answers[row] for m in evaluation.models) for row in range(evaluation.n)]

    def rank(row: int) -> tuple[int, float]:
        worst = min(ORDER.index(answer.outcome) for answer in answers[row])
        surest = max(a.probability for a in answers[row] if a.outcome == ORDER[worst])
        return worst, -surest

    lines: list[ProductLine] = []
    pictures: list[str] = []
    size = 0
    for row in sorted(range(evaluation.n), key=rank)[:LISTED]:
        product, place = evaluation.products[row], None
        if product.picture is not None:
            written = base64.b64encode(product.picture).decode("ascii")
            if size + len(written) <= PICTURE_BYTES:
                place, size = len(pictures), size + len(written)
                pictures.append(written)
        outcomes = " ".join(dict.fromkeys(answer.outcome for answer in answers[row]))
        lines.append(ProductLine(product, answers[row], outcomes, place))
    return lines, pictures
