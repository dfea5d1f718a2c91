"""``prodcat categorize --engine ray``."""

from pathlib import Path

from tests.kill_runs.kinds import categorize
from tests.kill_runs.kinds.categorize import IMPORTS, outcome, prepare

__all__ = ["IMPORTS", "outcome", "prepare", "run"]


def run(inputs: Path, out: Path) -> None:
    from prodcat.bulk.ray.engine import on_ray

    categorize.run(inputs, out, engine=on_ray())
