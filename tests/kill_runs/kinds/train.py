"""``prodcat train`` of a tiny network, from the corpus to the finished run."""

import json
from pathlib import Path
from typing import Any

import yaml

from tests.kill_runs.kinds.fit import outcome as learnt
from tests.toy import draw_corpus, draw_encoder
from tests.training.runs import toy_settings

IMPORTS = ("prodcat.cli.commands", "prodcat.training.fit", "transformers", "onnxscript")


def prepare(inputs: Path) -> None:
    draw_corpus(inputs / "shop", products=160)
    settings = toy_settings(
        draw_encoder(inputs / "encoder"), max_epochs=3, patience=2, checkpoint_minutes=0.0005
    )
    # Nothing is drawn but the order, which a run that goes on draws as it was: so the weights
    # have to be the same to the last bit.
    nothing = {"drop": 0.0, "drop_name": 0.0, "drop_description": 0.0, "mask_name": 0.0}
    settings["text"] |= nothing
    settings["image"] |= {"drop": 0.0}
    settings["model"] |= {"dropout": 0.0}
    (inputs / "toy.yaml").write_text(yaml.safe_dump(settings))


def run(inputs: Path, out: Path) -> None:
    from prodcat.cli.commands import main

    settings = ["--config", str(inputs / "toy.yaml"), "--out", str(out / "run")]
    main(["train", str(inputs / "shop" / "corpus.db"), *settings], standalone_mode=False)


def outcome(inputs: Path, out: Path) -> Any:
    """All but what was measured with a clock."""
    run = out / "run"
    metrics = json.loads((run / "metrics.json").read_text())
    return {
        "learnt": learnt(inputs, out),
        "test": metrics["test"],
        "weights": (run / "weights.safetensors").read_bytes(),
        "measured": sorted(name for name, value in metrics["cost"].items() if value is not None),
    }
