"""Show how much of the code the tests ran, folder by folder; ``make coverage`` ends with it.

It is there to be looked at: no share has to be reached. Tests start further processes, and what
those run is not counted, so the code that only they run looks untested.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePath

REPOSITORY = Path(__file__).resolve().parent.parent
LINES = REPOSITORY / "build" / "coverage.txt"


def main() -> None:
    """Print the folders, and write which lines of each file were not run."""
    import coverage

    measured = coverage.Coverage()
    measured.load()
    with LINES.open("w", encoding="utf-8") as stream:
        measured.report(file=stream, show_missing=True)
    statements, missed = {}, {}
    for file in measured.get_data().measured_files():
        if not file.endswith(".py"):
            continue  # a template, which runs as Python too
        _, lines, _, missing, _ = measured.analysis2(file)
        name = PurePath(file).relative_to(REPOSITORY).as_posix()
        statements[name], missed[name] = len(lines), len(missing)
    in_all, in_missed = by_folder(statements), by_folder(missed)
    print(f"\nStatements that the tests ran ({LINES.relative_to(REPOSITORY)} names the others):")
    for folder, count in in_all.items():
        share = 1 - in_missed[folder] / max(count, 1)
        print(f"{folder:<24}{share:>7.1%} of {count:>6,}")


def by_folder(counts: Mapping[str, int]) -> dict[str, int]:
    """Add up the counts of files by the folder that each is in, two deep, and of all.

    >>> by_folder({"a/x.py": 1, "a/b/x.py": 2, "a/b/c/x.py": 3})
    {'a': 1, 'a/b': 5, 'all': 6}
    """
    folders: Counter[str] = Counter()
    for file, count in sorted(counts.items()):
        folders["/".join(PurePath(file).parts[:-1][:2])] += count
    return {**dict(sorted(folders.items())), "all": folders.total()}


if __name__ == "__main__":
    main()
