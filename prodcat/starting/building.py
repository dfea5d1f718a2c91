"""A folder that is there whole or not at all."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp


@contextmanager
def built_beside(out: Path) -> Generator[Path]:
    """Give a folder beside *out*, which becomes it when the block ends, and goes when it fails."""
    out.parent.mkdir(parents=True, exist_ok=True)
    building = Path(mkdtemp(prefix=f"{out.name[:50]}.", suffix=".tmp", dir=out.parent))
    try:
        yield building
        building.rename(out)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
