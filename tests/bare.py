"""Show that the package installed without extras is enough to use a model; `make bare` runs it.

It needs an environment that holds the package and nothing else, and the standard library.
"""

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
ENVIRONMENT = Path(sys.prefix)
LIMIT_MB = 250
"""The unzipped limit of an AWS Lambda package."""

ABSENT = (
    "torch",
    "torchvision",
    "transformers",
    "pytorch_lightning",
    "sklearn",
    "pandas",
    "pyarrow",
)

PRODCAT = str(Path(sys.executable).with_name("prodcat"))
COMMANDS = [
    [sys.executable, "-I", "-c", "import prodcat; print(prodcat.__file__)"],
    [PRODCAT, "--help"],
    [PRODCAT, "predict", "--name", "Blue denim jeans for women"],
    [PRODCAT, "demo"],
]


def main() -> None:
    """Run each check; the first that fails ends the process with status 1."""
    present = [name for name in ABSENT if importlib.util.find_spec(name)]
    if present:
        sys.exit(f"Not a bare environment: {', '.join(present)} can be imported.")
    commands = list(COMMANDS)
    if (REPOSITORY / "crawler").is_dir():
        commands.append([sys.executable, "-I", "-m", "crawler", "--help"])
    for command in commands:
        run(command)
    size = installed_mb(ENVIRONMENT)
    print(f"Installed without extras: {size:.0f} MB (limit {LIMIT_MB} MB).")
    if size > LIMIT_MB:
        sys.exit(f"The bare install is {size - LIMIT_MB:.0f} MB too large.")


def run(command: list[str]) -> None:
    """Run one command away from the checkout, so that only the installed package can answer."""
    shown = " ".join([Path(command[0]).name, *command[1:]])
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    print(f"$ {shown}\n{done.stdout}", end="", flush=True)
    if done.returncode != 0:
        sys.exit(f"{shown} failed with status {done.returncode}:\n{done.stderr}")
    if not done.stdout.strip():
        sys.exit(f"{shown} printed nothing.")


def installed_mb(environment: Path) -> float:
    """Sum up what was installed, without the byte code that Python adds by itself."""
    packages = next(environment.glob("lib/python*/site-packages"))
    files = (f for f in packages.rglob("*") if f.is_file() and "__pycache__" not in f.parts)
    return sum(f.stat().st_size for f in files) / 1e6


if __name__ == "__main__":
    main()
