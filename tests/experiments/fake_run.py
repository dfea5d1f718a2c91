"""Stands in for a training: writes a run directory in no time, or misbehaves when told to.

It is called as `prodcat train` is. Its macro-F1 is best at train.lr 0.01 and grows by epochs;
export.about tells it how to misbehave.
"""

import csv
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import yaml


def main(arguments: list[str]) -> None:
    corpus, config, out = arguments[0], Path(arguments[2]), Path(arguments[4])
    settings = yaml.safe_load(config.read_text())
    about = settings.get("export", {}).get("about", "none")
    out.mkdir(parents=True, exist_ok=True)
    (out / "environment.json").write_text(json.dumps({"corpus_fingerprint": corpus}))
    (out / "config.yaml").write_text(config.read_text())
    (out / "checkpoints").mkdir(exist_ok=True)
    print(f"gpu {os.environ.get('CUDA_VISIBLE_DEVICES')}", flush=True)
    if about == "fail":
        print("Going well.\n\nError: it broke.", file=sys.stderr)
        sys.exit(3)
    if about == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if about == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if about == "parent":
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", str(out)])
    if about == "by flag" and not (out / "go").exists():
        print("Error: there is no flag.", file=sys.stderr)
        sys.exit(1)
    if about == "after":
        time.sleep(60)
    train(settings, out)


def train(settings: dict, out: Path) -> None:
    if "baseline" in settings:
        lr, epochs = settings["baseline"].get("c", 1.0), 0
    else:
        lr, epochs = settings["train"]["lr"], settings["train"]["max_epochs"]
    quality = 1 / (1 + abs(math.log10(lr) + 2))
    history = out / "history.csv"
    rows = list(csv.DictReader(history.open(newline=""))) if history.exists() else []
    print(f"from epoch {len(rows)}", flush=True)
    while len(rows) < epochs:
        time.sleep(float(settings.get("train", {}).get("checkpoint_minutes", 0)))
        number = len(rows) + 1
        macro_f1 = quality * number / epochs
        rows.append({"epoch": number, "val_macro_f1": macro_f1, "val_loss": 1 - macro_f1})
        temporary = history.with_suffix(".tmp")
        with temporary.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        temporary.replace(history)
    measured = {"macro_f1": {"value": quality}, "accuracy": {"value": quality}}
    metrics = {
        "training": {"epochs": epochs, "seconds": 1.0},
        "val": {"everything": measured},
        "test": {"everything": measured},
    }
    (out / "metrics.tmp").write_text(json.dumps(metrics))
    (out / "metrics.tmp").replace(out / "metrics.json")


if __name__ == "__main__":
    main(sys.argv[1:])
