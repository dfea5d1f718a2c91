"""Which pages are written from the code, and by what."""

from collections.abc import Callable
from pathlib import Path

from tests.reference.commands import crawler_page, prodcat_page
from tests.reference.formats import formats_page
from tests.reference.house import house_page
from tests.reference.python_api import python_page
from tests.reference.settings import settings_page

DOCS = Path(__file__).resolve().parents[2] / "docs"

PAGES: dict[Path, Callable[[], str]] = {
    DOCS / "reference" / "cli.md": prodcat_page,
    DOCS / "reference" / "crawler.md": crawler_page,
    DOCS / "reference" / "settings.md": settings_page,
    DOCS / "reference" / "python.md": python_page,
    DOCS / "reference" / "formats.md": formats_page,
    DOCS / "house.md": house_page,
}
