"""A model directory with another calibration; its network stays as it is."""

import json
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from prodcat.decision.calibration import Calibration
from prodcat.errors import ModelError
from prodcat.files import let_all_read, write_json, write_text
from prodcat.modeldir.format import CALIBRATION, CARD, MODEL_JSON, format_of
from prodcat.modeldir.reading import ModelDir
from prodcat.modeldir.writing import hashed


def refuse_existing(out: Path) -> None:
    """Refuse a folder that is there already.

    Raises:
        ModelError: If it is.
    """
    if out.exists() or out.is_symlink():
        raise ModelError(f"{out} is there already; name a folder that is not.")


def with_calibration(model: ModelDir, calibration: Calibration, card: str, out: Path) -> None:
    """Write a model directory that answers as *model*, but for how sure it has to be.

    Args:
        model: The one to copy.
        calibration: In place of its own.
        card: In place of its own.
        out: A folder that does not exist yet.

    Raises:
        ModelError: If *out* is there already, or a file of the model was altered.
    """
    refuse_existing(out)
    # Before anything is copied: the new hashes would bear out a file that was altered.
    model.verify()
    with built_beside(out) as building:
        _write(model, calibration, card, building)


@contextmanager
def built_beside(out: Path) -> Generator[Path]:
    """Give a folder to build a model in, which becomes *out* when the block ends.

    So that nobody finds half a model; under a name that nobody can have laid out before.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    building = Path(mkdtemp(prefix=f"{out.name[:50]}.", suffix=".tmp", dir=out.parent))
    try:
        yield building
        building.rename(out)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def copy_needed(model: ModelDir, building: Path) -> None:
    """Copy the files that answering needs, but ``model.json``, into a folder."""
    for name, content in model.files_needed():
        file = building / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)


def copy_whole(model: ModelDir, folder: Path) -> None:
    """Copy a model, as far as answering needs it, into an empty folder."""
    copy_needed(model, folder)
    (folder / MODEL_JSON).write_bytes(model.model_json)


def _write(model: ModelDir, calibration: Calibration, card: str, building: Path) -> None:
    copy_needed(model, building)
    write_json(building / CALIBRATION, calibration.to_dict(), indent=1)
    data = json.loads(model.model_json)
    files = {name: hashed(building / name) for name in sorted(model.needed)}
    data |= {
        # That of the new calibration, whatever the model was written in.
        "format": format_of(cascade=model.first is not None, moved=model.moved is not None),
        "default_accuracy": calibration.default_accuracy,
        "files": files,
    }
    write_text(building / CARD, card)
    write_json(building / MODEL_JSON, data, indent=1)
    let_all_read(building)
