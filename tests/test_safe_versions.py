"""The lowest versions that are allowed of what reads strangers' bytes are safe by themselves."""

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

FIRST_SAFE = {
    # Exponential time for wildcards of a robots.txt.
    "protego": ((0, 6, 2), "CVE-2026-55520"),
    # A file with a name that can be guessed in the temporary folder.
    "requests": ((2, 33), "CVE-2026-25645"),
    # Redirects and rests of answers were unpacked whole, however large.
    "urllib3": ((2, 7), "CVE-2026-21441, CVE-2026-44432"),
}
"""Name → the first version without the hole, and the hole's name."""


def lowest_versions():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    matches = (re.fullmatch(r"([\w.-]+)(?:\[.*\])?>=([\d.]+).*", line) for line in lines)
    return {match[1]: tuple(map(int, match[2].split("."))) for match in matches if match}


@pytest.mark.parametrize("name", FIRST_SAFE)
def test_the_lowest_version_that_is_allowed_has_no_known_hole(name):
    version, hole = FIRST_SAFE[name]
    assert lowest_versions()[name] >= version, hole
