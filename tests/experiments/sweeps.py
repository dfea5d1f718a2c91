"""Sweeps whose runs are made by ``fake_run.py``, which takes no time."""

import json
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner, Result

REPOSITORY = Path(__file__).resolve().parents[2]
FAKE_RUN = Path(__file__).with_name("fake_run.py")
NETWORK = {
    "text": {"encoder": "none"},
    "image": {"encoder": "small_cnn", "weights": "none"},
    # The stand-in takes checkpoint_minutes for the seconds of an epoch.
    "train": {"lr": 0.01, "max_epochs": 2, "patience": 2, "checkpoint_minutes": 0.001},
}


class Sweeps:
    """Writes a sweep's file and runs it with stand-ins for the runs."""

    def __init__(self, folder: Path, corpus: Path) -> None:
        self.file = folder / "sweep.yaml"
        self.corpus = corpus
        self.out = folder / "out"

    def write(self, **form: Any) -> None:
        self.file.write_text(yaml.safe_dump({"base": NETWORK, **form}, sort_keys=False))

    def run(self, *options: str) -> Result:
        from experiments.sweep.__main__ import main

        arguments = [str(self.file), "--corpus", str(self.corpus), "--out", str(self.out)]
        result = CliRunner().invoke(main, [*arguments, *options])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def record(self) -> dict[str, Any]:
        return json.loads((self.out / "sweep.json").read_text())["runs"]

    def states(self) -> dict[str, str]:
        return {name: entry["state"] for name, entry in self.record().items()}

    def log(self, name: str) -> str:
        return (self.out / "logs" / f"{name}.log").read_text()

    def starts(self, name: str) -> int:
        return self.log(name).count("$ ")
