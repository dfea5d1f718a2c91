"""What the page says, without a browser: in each language the same, and all that is used."""

import json
import re

import pytest

from prodcat.serve.page_files import PAGE

LANGUAGES = ("en", "de")
SCRIPTS = {path: path.read_text("utf-8") for path in sorted((PAGE / "scripts").rglob("*.js"))}
INDEX = (PAGE / "index.html").read_text("utf-8")
PAGES = INDEX + (PAGE / "review.html").read_text("utf-8")
PLACES = re.compile(r"\{(\w+)\}")
# A key is written out, or begins written out and ends in a value: `part.${part}`.
WHOLE = re.compile(r"""["'`]([a-z_]+(?:\.[a-z0-9_]+)+|[a-z_]+)["'`]""")
BEGUN = re.compile(r"\bt\(\s*`([a-z_]+\.(?:[a-z_]+)?)\$\{")
IN_PAGE = re.compile(r'data-t(?:-[a-z]+)?="([^"]+)"')
CALLED = re.compile(r"""\bt\(\s*["']([^"']+)["']""")


def messages(language):
    return json.loads((PAGE / "messages" / f"{language}.json").read_text("utf-8"))


def forms(message):
    return message.values() if isinstance(message, dict) else [message]


def test_all_languages_say_the_same_things_with_the_same_values():
    english = messages("en")
    for language in LANGUAGES[1:]:
        other = messages(language)
        assert list(other) == list(english)
        for key, message in english.items():
            wanted = {name for form in forms(message) for name in PLACES.findall(form)}
            given = {name for form in forms(other[key]) for name in PLACES.findall(form)}
            assert given == wanted, key
            assert isinstance(other[key], dict) == isinstance(message, dict), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_of_several_forms_have_one_for_one_and_one_for_others(language):
    several = [message for message in messages(language).values() if isinstance(message, dict)]
    assert several
    assert all({"one", "other"} <= set(message) for message in several)


def test_whatever_is_asked_for_is_there():
    said = set(messages("en"))
    asked = {key for text in SCRIPTS.values() for key in CALLED.findall(text)}
    asked |= set(IN_PAGE.findall(PAGES))
    assert asked - said == set()
    begun = {start for text in SCRIPTS.values() for start in BEGUN.findall(text)}
    assert {start for start in begun if not any(key.startswith(start) for key in said)} == set()


def test_whatever_is_there_is_asked_for():
    text = "\n".join(SCRIPTS.values())
    used = set(WHOLE.findall(text)) | set(IN_PAGE.findall(PAGES))
    begun = tuple(BEGUN.findall(text))
    assert [key for key in messages("en") if key not in used and not key.startswith(begun)] == []


def test_no_script_writes_html_or_runs_text():
    barred = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|Function\("
    )
    assert [path.name for path, text in SCRIPTS.items() if barred.search(text)] == []
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]* src=)", PAGES)


def test_no_file_of_the_page_is_long():
    assert [path.name for path, text in SCRIPTS.items() if len(text.splitlines()) > 300] == []


def test_what_the_first_page_takes_is_below_150_kilobytes():
    # Views that are looked at later come later, and one language of the two.
    late = ("table", "model", "review")
    first = [path for path in SCRIPTS if path.parent.name not in late]
    first += [PAGE / "index.html", PAGE / "messages" / "en.json", *(PAGE / "styles").glob("*.css")]
    first = [path for path in first if path.name not in ("table.css", "model.css", "review.css")]
    assert sum(path.stat().st_size for path in first) < 150_000
    preloaded = set(re.findall(r'(?:modulepreload" href|module" src)="page/(\S+?)"', INDEX))
    assert preloaded == {
        path.relative_to(PAGE).as_posix() for path in first if path.suffix == ".js"
    }
