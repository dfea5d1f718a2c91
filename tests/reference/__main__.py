"""Writes the pages that come from the code: ``python -m tests.reference``."""

from tests.reference.pages import PAGES

if __name__ == "__main__":
    for file, page in PAGES.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(), encoding="utf-8")
