"""What learning came to as one page that needs nothing else: no network, no script."""

from base64 import b64encode
from pathlib import Path

from prodcat.analyze.charts.svg import draw_svg
from prodcat.analyze.page.html import TEMPLATES as REPORT_TEMPLATES
from prodcat.analyze.page.html import build_environment, read_template
from prodcat.errors import require
from prodcat.files import write_text
from prodcat.learning.curve import draw_curve
from prodcat.learning.result import AFTER, ANEW, BEFORE, Learnt
from prodcat.taxonomy.paths import join_path

TEMPLATES = Path(__file__).parent / "templates"
LISTED = 200
"""Categories and kinds of decisions on the page."""


def write_page(learnt: Learnt, file: Path) -> None:
    """Write what learning came to as one HTML file.

    Raises:
        MissingDependencyError: If Jinja or matplotlib is not installed.
    """
    write_text(file, render(learnt), errors="replace")


def render(learnt: Learnt) -> str:
    """Return the page's HTML; whatever comes from the corpus is escaped."""
    markup = require("markupsafe", extra="analyze").Markup
    environment = build_environment(TEMPLATES, REPORT_TEMPLATES)
    environment.filters["joined"] = join_path
    chart = ""
    if len(learnt.curve) > 1:
        chart = b64encode(draw_svg(draw_curve(learnt.curve, learnt.goal))).decode()
    return environment.get_template("learning.html").render(
        learnt=learnt,
        models=(BEFORE, ANEW, AFTER),
        listed=LISTED,
        chart=chart,
        style=markup(read_template("report.css")),
        own_style=markup((TEMPLATES / "learning.css").read_text("utf-8")),
    )
