"""A model's folder that is there whole or not at all, and said to be in vain before any work."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from prodcat.errors import ModelError
from prodcat.modeldir.recalibrating import built_beside


@contextmanager
def built_at(out: Path) -> Generator[Path]:
    """Give a folder beside *out*, see `prodcat.modeldir.recalibrating.built_beside`.

    Raises:
        ModelError: If it cannot be written.
    """
    try:
        with built_beside(out) as building:
            yield building
    except OSError as error:
        raise ModelError(f"{out} cannot be written: {error.strerror or error}.") from error


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
