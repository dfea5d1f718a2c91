"""The end of ``prodcat train``: trained, and to be exported, calibrated and measured.

The graphs are made once, and copied in each run: to make them takes seconds and writes nothing
else. What using the model takes is not measured, since that only writes into a temporary folder.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from tests.bulk.tables import answered
from tests.kill_runs.kinds import fit, train

IMPORTS = train.IMPORTS


def prepare(inputs: Path) -> None:
    from prodcat.export import parity

    train.prepare(inputs)
    fit.run(inputs, inputs)
    shutil.copytree(inputs / "run", inputs / "trained")
    export = parity.export_graphs

    def export_and_keep(classifier: Any, folder: Path, **sizes: Any) -> None:
        export(classifier, folder, **sizes)
        (inputs / "graphs").mkdir()
        for graph in folder.glob("*.onnx"):
            shutil.copy(graph, inputs / "graphs")

    parity.export_graphs = export_and_keep
    _finish(inputs, inputs)


def _finish(inputs: Path, out: Path) -> None:
    from prodcat.runs.records import Cost
    from prodcat.training import finish
    from prodcat.training import fit as training

    finish.measure_cost = lambda *_: Cost()
    training.finish_run = finish.finish_run
    train.run(inputs, out)


def begin(inputs: Path, out: Path) -> None:
    out.mkdir()
    shutil.copytree(inputs / "trained", out / "run")


def run(inputs: Path, out: Path) -> None:
    from prodcat.export import parity

    def copy_graphs(classifier: Any, folder: Path, **_: Any) -> None:
        for graph in (inputs / "graphs").iterdir():
            shutil.copy(graph, folder)

    parity.export_graphs = copy_graphs
    _finish(inputs, out)


def outcome(inputs: Path, out: Path) -> Any:
    """All but what was measured with a clock."""
    run = out / "run"
    metrics = json.loads((run / "metrics.json").read_text())
    return {
        "metrics": {name: value for name, value in metrics.items() if name != "cost"},
        "predictions": answered(run / "predictions.parquet"),
        "model": {file.name: file.read_bytes() for file in (run / "model").iterdir()},
        "weights": (run / "weights.safetensors").read_bytes(),
    }
