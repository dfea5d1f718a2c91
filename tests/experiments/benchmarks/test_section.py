import io

from rich.console import Console

from experiments.benchmarks.section import Section, show_sections

SECTION = Section("Sizes", "Of things.", ("thing", "size [MB]"), [["a|b [x]", "1"]])


def test_the_page_has_title_text_and_tables(tmp_path):
    file = tmp_path / "page.md"
    show_sections("All", ["How."], [SECTION], file)
    assert file.read_text("utf-8") == (
        "# All\n\nHow.\n\n## Sizes\n\nOf things.\n\n"
        "| thing | size [MB] |\n| :-- | --: |\n| a\\|b \\[x\\] | 1 |\n"
    )


def test_the_screen_shows_brackets_as_they_are():
    out = io.StringIO()
    Console(file=out, width=80).print(SECTION.screen())
    assert "size [MB]" in out.getvalue()
    assert "a|b [x]" in out.getvalue()
