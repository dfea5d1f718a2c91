"""From run directories to a folder with their report."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from prodcat.analyze.charts.svg import write_charts
from prodcat.analyze.excel.workbook import write_excel
from prodcat.analyze.findings.mistakes import mistakes_csv
from prodcat.analyze.findings.summarize import summarize
from prodcat.analyze.findings.summary import Summary
from prodcat.analyze.markdown.report import write_markdown
from prodcat.analyze.page.html import write_html
from prodcat.analyze.pictures import PictureSource
from prodcat.errors import AnalyzeError, require
from prodcat.files import write_text
from prodcat.runs.reading import Run, read_runs

NEEDS = {
    "html": ("plotly", "jinja2"),
    "md": ("matplotlib",),
    "xlsx": ("xlsxwriter",),
    "csv": (),
}
"""Format → the libraries that it takes."""

CHARTS = "charts"


@dataclass(frozen=True)
class ReportOptions:
    """What a report shows, and how."""

    formats: tuple[str, ...] = tuple(NEEDS)
    """Any of html, md, xlsx and csv."""
    force: bool = False
    """Report runs side by side that differ in more than the model; the report is marked."""
    side: str = "test"
    """``test``, or ``val``."""
    pictures: bool = True
    """Whether the page shows products' pictures."""
    excel_pictures: bool = False
    """Whether the workbook has them in its rows, which takes long and makes it large."""
    corpus: Path | None = None
    """Beside which the pictures are; where the runs found it when not given."""

    def __post_init__(self) -> None:
        if unknown := [name for name in self.formats if name not in NEEDS]:
            raise AnalyzeError(
                f"Unknown format {unknown[0]!r}. Choose some of: {', '.join(NEEDS)}."
            )


@dataclass(frozen=True)
class Report:
    """A report that was written."""

    folder: Path
    files: tuple[Path, ...]
    """The page first; the charts of the Markdown are in a folder of their own."""
    summary: Summary


def report(
    paths: Iterable[Path | str],
    out: Path | str,
    *,
    options: ReportOptions | None = None,
    on_message: Callable[[str], None] | None = None,
) -> Report:
    """Report runs, alone or side by side.

    Writes ``report.html``, ``report.md`` with ``charts/``, ``report.xlsx`` and
    ``mistakes.csv``; the same runs give the same bytes. A directory that is broken,
    unfinished or of an older format is listed in the report with its reason.

    Args:
        paths: Run directories, or folders that hold run directories.
        out: Folder to write into; made where it is not there.
        options: What to show; everything by default.
        on_message: Told what is being done.

    Raises:
        AnalyzeError: If there is no run to report, or runs may not be held side by side.
        MissingDependencyError: If a library that a format takes is not installed.
    """
    options, out = options or ReportOptions(), Path(out)
    say = on_message or (lambda _: None)
    # A text can be gone through, too, letter by letter.
    if isinstance(paths, str | Path):
        paths = [paths]
    # Before anything is read, so that a missing library is told at once.
    for module in ("pyarrow", *(m for name in options.formats for m in NEEDS[name])):
        require(module, extra="analyze")
    if out.exists() and not out.is_dir():
        raise AnalyzeError(f"{out} is a file. Give --out a folder for the report.")
    runs, skipped = read_runs(Path(path) for path in paths)
    for folder in skipped:
        say(f"Left out: {folder.path} {folder.reason}.")
    say(f"{len(runs)} {'run' if len(runs) == 1 else 'runs'} read.")
    summary = summarize(runs, skipped, force=options.force, side=options.side)
    say("Measures compared.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        files = _write(summary, out, options, _pictures(runs, options), say)
    except OSError as error:
        raise AnalyzeError(f"Cannot write into {out}: {error.strerror}.") from error
    return Report(out, tuple(files), summary)


def _write(
    summary: Summary,
    out: Path,
    options: ReportOptions,
    pictures: PictureSource,
    say: Callable[[str], None],
) -> list[Path]:
    files = []
    if "html" in options.formats:
        files.append(out / "report.html")
        write_html(summary, files[-1], pictures=pictures if options.pictures else None)
        say("Page written.")
    if "md" in options.formats:
        files.append(out / "report.md")
        # Relative to the report, which may be moved with its charts.
        charts = {
            name: f"{CHARTS}/{file.name}"
            for name, file in write_charts(summary, out / CHARTS).items()
        }
        # Names of folders may hold bytes that are no UTF-8; they must not cost the report.
        write_text(files[-1], write_markdown(summary, charts), errors="replace")
        say("Markdown written.")
    if "xlsx" in options.formats:
        files.append(out / "report.xlsx")
        write_excel(summary, files[-1], pictures=pictures if options.excel_pictures else None)
        say("Workbook written.")
    if "csv" in options.formats:
        files.append(out / "mistakes.csv")
        # Spreadsheets take a file without this mark for one of another alphabet.
        write_text(files[-1], "\ufeff" + mistakes_csv(summary), errors="replace")
    return files


def _pictures(runs: Sequence[Run], options: ReportOptions) -> PictureSource:
    if options.corpus is not None:
        # One that is named must be there; those that runs remember may have moved since, and a
        # report without pictures is still one.
        if not options.corpus.exists():
            raise AnalyzeError(f"There is no corpus at {options.corpus}.")
        return PictureSource([options.corpus])
    corpora = (run.environment.corpus for run in runs)
    return PictureSource(dict.fromkeys(corpus for corpus in corpora if corpus))
