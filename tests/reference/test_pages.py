"""The pages written from the code are as the code is now."""

import pytest

from tests.reference.pages import DOCS, PAGES


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_a_page_says_what_the_code_says(file):
    assert file.read_text("utf-8") == PAGES[file](), "run python -m tests.reference"


def test_every_page_of_the_reference_is_written_from_the_code():
    assert {*(DOCS / "reference").glob("*.md")} <= {*PAGES}
