"""A model directory with another calibration; its network stays as it is."""

import json
import shutil
from pathlib import Path

from prodcat.decision.calibration import Calibration
from prodcat.errors import ModelError
from prodcat.files import write_json, write_text
from prodcat.modeldir.format import CALIBRATION, CARD, FORMAT, MODEL_JSON
from prodcat.modeldir.reading import ModelDir
from prodcat.modeldir.writing import hashed


def with_calibration(model: ModelDir, calibration: Calibration, card: str, out: Path) -> None:
    """Write a model directory that answers as *model*, but for how sure it has to be.

    Args:
        model: The one to copy.
        calibration: In place of its own.
        card: In place of its own.
        out: A folder that does not exist yet, or the model's own: then only its calibration, its
            card and ``model.json`` are written.

    Raises:
        ModelError: If *out* is a folder that is there already and not the model's own.
    """
    if out.resolve() != model.folder.resolve():
        if out.exists():
            raise ModelError(f"{out} is there already; name a folder that is not.")
        model.verify()
        out.mkdir(parents=True)
        for name in model.needed:
            shutil.copy2(model.folder / name, out / name)
    write_json(out / CALIBRATION, calibration.to_dict(), indent=1)
    data = json.loads((model.folder / MODEL_JSON).read_bytes())
    files = {name: entry for name, entry in data["files"].items() if (out / name).is_file()}
    data |= {
        "format": FORMAT,
        "default_accuracy": calibration.default_accuracy,
        "files": files | {CALIBRATION: hashed(out / CALIBRATION)},
    }
    write_text(out / CARD, card)
    # Last: until it is there, the folder is no model of the new format.
    write_json(out / MODEL_JSON, data, indent=1)
