"""Show that the package installed without extras is enough to use a model.

`make bare` runs it with the versions of constraints.txt, `make lowest` with the lowest that
pyproject.toml allows. It needs an environment that holds the package and nothing else.
"""

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
ENVIRONMENT = Path(sys.prefix)
STORED = REPOSITORY / "tests" / "stored"
TOLERANCE = 1e-6
"""Of a probability: another version adds in another order."""
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
    check_origin()
    check_answers()
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


def check_origin() -> None:
    """Refuse a package that lies elsewhere, such as in the checkout."""
    import prodcat

    file = Path(prodcat.__file__)
    if not file.is_relative_to(ENVIRONMENT):
        sys.exit(f"Not the installed package was tested, but {file}.")


def check_answers() -> None:
    """Ask the stored model what it was asked once: it answers the same with any versions."""
    import prodcat

    predictor = prodcat.Predictor.load(STORED / "run-format-2" / "model")
    stored = json.loads((STORED / "run-format-2.json").read_text("utf-8"))
    for title, entry in stored.items():
        product, expected = entry["product"], entry["answer"]
        if "image" in product:
            product["image"] = STORED / product["image"]
        answer = predictor.predict(**product)
        difference = abs(answer.probability - expected["probability"])
        if list(answer.path) != expected["path"] or difference > TOLERANCE:
            sys.exit(f"Another answer than the stored one to {title}: {answer}")
    print(f"The stored model gives its {len(stored)} stored answers.")


def installed_mb(environment: Path) -> float:
    """Sum up what was installed, without the byte code that Python adds by itself."""
    packages = next(environment.glob("lib/python*/site-packages"))
    files = (f for f in packages.rglob("*") if f.is_file() and "__pycache__" not in f.parts)
    return sum(f.stat().st_size for f in files) / 1e6


if __name__ == "__main__":
    main()
