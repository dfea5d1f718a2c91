"""``prodcat train`` up to where the network is trained."""

import csv
from pathlib import Path
from typing import Any

IMPORTS = ("prodcat.cli.commands", "prodcat.training.fit", "transformers")
OF_THE_REST = ("seconds", "train_loss", "train_accuracy")
"""Of an epoch that was gone on with: means of what was left of it."""


def prepare(inputs: Path) -> None:
    from tests.kill_runs.kinds import train

    train.prepare(inputs)


def run(inputs: Path, out: Path) -> None:
    from prodcat.runs.records import RunMetrics
    from prodcat.training import fit
    from tests.kill_runs.kinds import train

    fit.finish_run = lambda *_: RunMetrics()
    train.run(inputs, out)


def outcome(inputs: Path, out: Path) -> Any:
    """The weights, and what each epoch came to."""
    import torch

    run = out / "run"
    with (run / "history.csv").open(newline="") as stream:
        history = [
            {name: value for name, value in row.items() if name not in OF_THE_REST}
            for row in csv.DictReader(stream)
        ]
    best = torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)
    weights = {name: tensor.tolist() for name, tensor in best["state_dict"].items()}
    return {"epochs": (run / "checkpoints" / "trained.json").read_text()} | {
        "history": history,
        "best": weights,
        "config": (run / "config.yaml").read_text(),
    }
