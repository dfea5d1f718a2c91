"""A folder that is there whole or not at all."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from prodcat.errors import ModelError


@contextmanager
def built_beside(out: Path) -> Generator[Path]:
    """Give a folder beside *out*, which becomes it when the block ends, and goes when it fails.

    Raises:
        ModelError: If it cannot be written.
    """
    building: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        building = Path(mkdtemp(prefix=f"{out.name[:50]}.", suffix=".tmp", dir=out.parent))
        yield building
        building.rename(out)
    except BaseException as error:
        if building is not None:
            shutil.rmtree(building, ignore_errors=True)
        if isinstance(error, OSError):
            reason = error.strerror or error
            raise ModelError(f"{out} cannot be written: {reason}.") from error
        raise


def check_room(out: Path) -> None:
    """Try whether a folder can be made there, before anything is computed for it.

    Raises:
        ModelError: If it cannot.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        Path(mkdtemp(prefix=f"{out.name[:50]}.", suffix=".tmp", dir=out.parent)).rmdir()
    except OSError as error:
        raise ModelError(f"{out} cannot be written: {error.strerror}.") from error
