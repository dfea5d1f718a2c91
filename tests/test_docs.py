"""The documentation, held against the code: examples run, commands, settings and links exist."""

import dataclasses
import doctest
import itertools
import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from prodcat.config import RunConfig

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = sorted([REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")])
BUNDLED_MODEL = REPOSITORY / "prodcat" / "models" / "default" / "model.json"

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FOLDERS = "prodcat|crawler|experiments|tests|docs"
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)

each_page = pytest.mark.parametrize(
    "page", PAGES, ids=[page.relative_to(REPOSITORY).as_posix() for page in PAGES]
)


def written(page: Path) -> str:
    return page.read_text("utf-8")


def everything() -> str:
    return "\n".join(written(page) for page in PAGES)


def prose(page: Path) -> str:
    return FENCE.sub("", written(page))


def shell_lines(page: Path) -> Iterator[list[str]]:
    """The commands of a page's bash blocks, as words."""
    for language, block in FENCE.findall(written(page)):
        if language == "bash":
            for line in block.replace("\\\n", " ").splitlines():
                if words := shlex.split(line, comments=True):
                    yield words


def commands() -> dict[str, click.Command]:
    import prodcat.cli.commands

    group = prodcat.cli.commands.main
    assert isinstance(group, click.Group)
    return dict(group.commands)


def anchors(page: Path) -> set[str]:
    """The names under which a page's headings can be linked to."""
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
        for heading in HEADING.findall(prose(page))
    }


@pytest.mark.slow
@each_page
def test_examples_run(page):
    examples = doctest.DocTestParser().get_doctest(written(page), {}, page.name, str(page), 0)
    asks = any("import prodcat\n" in example.source for example in examples.examples)
    if asks and not BUNDLED_MODEL.is_file():
        pytest.skip("prodcat/models/default is missing, and the examples ask it.")
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(examples, out=said.append)
    assert runner.failures == 0, "".join(said)


def test_there_are_examples():
    assert any(">>> " in written(page) for page in PAGES)


def test_every_command_is_in_the_docs():
    assert [name for name in commands() if f"`prodcat {name}" not in everything()] == []


def test_every_section_of_the_settings_is_in_the_docs():
    sections = [field.name for field in dataclasses.fields(RunConfig)]
    assert [name for name in sections if f"`{name}`" not in everything()] == []


@each_page
def test_commands_that_are_shown_exist(page):
    known = commands()
    for words in shell_lines(page):
        if words[0] != "prodcat" or words[1] == "--help":
            continue
        assert words[1] in known, f"there is no command {words[1]}"
        params = known[words[1]].params
        flags = {flag for option in params for flag in (*option.opts, *option.secondary_opts)}
        unknown = {word for word in words[2:] if re.match(r"--?[a-z]", word)} - flags
        assert unknown <= {"--help"}, f"prodcat {words[1]} has no {unknown}"


@each_page
def test_settings_that_are_shown_exist(page):
    known = {
        f"{section.name}.{field.name}"
        for section in dataclasses.fields(RunConfig)
        for field in dataclasses.fields(section.type)
    }
    shown = {
        following.partition("=")[0]
        for words in shell_lines(page)
        for word, following in itertools.pairwise(words)
        if word == "--set"
    }
    sections = "|".join(field.name for field in dataclasses.fields(RunConfig))
    shown |= set(re.findall(rf"`((?:{sections})\.(?!json|onnx|py`)[a-z_]+)`", prose(page)))
    assert shown - known == set()


@each_page
def test_make_targets_that_are_shown_exist(page):
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    shown = {words[1] for words in shell_lines(page) if words[0] == "make" and len(words) > 1}
    shown |= set(re.findall(r"`make ([a-z-]+)`", prose(page)))
    assert {target for target in shown if f"\n{target}:" not in makefile} == set()


@each_page
def test_files_and_modules_of_commands_that_are_shown_exist(page):
    pairs = [pair for words in shell_lines(page) for pair in itertools.pairwise(words)]
    files = [word for _, word in pairs if re.fullmatch(rf"(?:{FOLDERS})/.+\.(?:py|yaml)", word)]
    modules = [
        word
        for flag, word in pairs
        if flag == "-m" and re.fullmatch(rf"(?:{FOLDERS})(?:\.\w+)*", word)
    ]
    assert [file for file in files if not (REPOSITORY / file).is_file()] == []
    assert [module for module in modules if find_spec(module) is None] == []


@each_page
def test_files_and_folders_that_are_named_exist(page):
    named = set(re.findall(rf"`((?:{FOLDERS})/[\w/.-]*)`", prose(page)))
    assert {path for path in named if not (REPOSITORY / path).exists()} == set()


@each_page
def test_links_within_the_repository_lead_somewhere(page):
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{target.name} has no heading {anchor}"


def test_every_page_is_reachable_from_the_index():
    index = written(REPOSITORY / "docs" / "index.md")
    pages = [page.relative_to(REPOSITORY / "docs").as_posix() for page in PAGES[1:]]
    assert [page for page in pages if page != "index.md" and f"({page})" not in index] == []
