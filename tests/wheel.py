"""Show that a built wheel holds what the repository has of the package, and nothing else.

    python -I tests/wheel.py dist/prodcat-*.whl

A file that git does not know, one of an older build and a pattern that leaves templates out all
make a wheel that installs here and fails elsewhere. It needs the standard library and git.
"""

import subprocess
import sys
import tomllib
import zipfile
from email.parser import HeaderParser
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = ("prodcat", "crawler")


def main() -> None:
    """Check the wheels that are named; the first that differs ends the process with status 1."""
    if not sys.argv[1:]:
        sys.exit("Name the wheel: python -I tests/wheel.py dist/prodcat-*.whl")
    files = tracked_files(REPOSITORY)
    for wheel in map(Path, sys.argv[1:]):
        if problems := differences(wheel, REPOSITORY, files):
            sys.exit("\n".join([f"{wheel.name} is not what the repository holds:", *problems]))
        size_mb = wheel.stat().st_size / 1e6
        print(f"{wheel.name} holds all {len(files)} files of the package; {size_mb:.0f} MB.")


def tracked_files(repository: Path) -> list[str]:
    """Paths of the package's files that git knows, committed or about to be."""
    command = ["git", "ls-files", "-z", *PACKAGES]
    listed = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    return list(filter(None, listed.stdout.split("\0")))


def differences(wheel: Path, repository: Path, files: list[str]) -> list[str]:
    """Say in a line each what a wheel lacks, has besides, or has otherwise than the repository."""
    declared = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    with zipfile.ZipFile(wheel) as archive:
        about = f"{declared['name']}-{declared['version']}.dist-info"
        names = {name for name in archive.namelist() if not name.endswith("/")}
        if f"{about}/METADATA" not in names:
            return [f"It is not {declared['name']} {declared['version']}."]
        packed = {name for name in names if not name.startswith(f"{about}/")}
        problems = [f"missing: {name}" for name in sorted(set(files) - packed)]
        problems += [f"not tracked: {name}" for name in sorted(packed - set(files))]
        problems += [
            f"differs: {name}"
            for name in sorted(packed & set(files))
            if archive.read(name) != (repository / name).read_bytes()
        ]
        metadata = HeaderParser().parsestr(archive.read(f"{about}/METADATA").decode())
        if metadata["Version"] != declared["version"]:
            problems.append(f"its metadata say version {metadata['Version']}")
        if f"{about}/entry_points.txt" not in names:
            problems.append("it installs no command")
    return problems


if __name__ == "__main__":
    main()
