"""``docs/changelog.md``: versions with their dates, and what changed under the usual headings."""

import datetime
import re
from pathlib import Path

import pytest

import prodcat

CHANGELOG = Path(__file__).resolve().parent.parent / "docs" / "changelog.md"
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed"]
RELEASE = re.compile(r"(\d+)\.(\d+)\.(\d+) \((\d{4}-\d\d-\d\d)\)")


def sections(level: str, text: str) -> dict[str, str]:
    """What stands under the headings of one level."""
    parts = re.split(rf"^{level} ", text, flags=re.MULTILINE)[1:]
    return {title: body for title, _, body in (part.partition("\n") for part in parts)}


VERSIONS = sections("##", CHANGELOG.read_text("utf-8"))
RELEASES = [title for title in VERSIONS if title != "Unreleased"]

each_version = pytest.mark.parametrize("changes", VERSIONS.values(), ids=VERSIONS)


def test_what_is_not_released_comes_first():
    assert next(iter(VERSIONS)) == "Unreleased"


def test_every_release_has_a_number_and_a_date():
    assert [title for title in RELEASES if not RELEASE.fullmatch(title)] == []


def test_releases_stand_from_the_newest_to_the_oldest():
    keys = []
    for title in RELEASES:
        *number, day = RELEASE.fullmatch(title).groups()
        keys.append((datetime.date.fromisoformat(day), tuple(map(int, number))))
    assert keys == sorted(keys, reverse=True)


def test_the_newest_release_is_the_version_of_the_package():
    assert RELEASES[0].partition(" ")[0] == prodcat.__version__


@each_version
def test_changes_stand_under_the_usual_headings_in_order(changes):
    kinds = list(sections("###", changes))
    assert kinds == [kind for kind in KINDS if kind in kinds]


@each_version
def test_every_heading_has_changes_and_every_change_is_one_line_that_ends(changes):
    for kind, body in sections("###", changes).items():
        lines = [line for line in body.splitlines() if line]
        assert lines, f"nothing under {kind}"
        assert [line for line in lines if not re.fullmatch(r"- .+ \(#\d+(, #\d+)*\)\.", line)] == []
