"""A catalogue as a map: its products where they are alike, and what is said of them.

The room and the call have one name: `prodcat.explore(…)` calls `prodcat.explore.explore`.
"""

import sys
from types import ModuleType
from typing import Any

from prodcat.explore.exploring import Explored, ExploreOptions, explore

__all__ = ["ExploreOptions", "Explored", "explore"]


class _Room(ModuleType):
    """The room, which can be called."""

    def __call__(self, *args: Any, **options: Any) -> Explored:
        """Show a corpus or a frame as one page."""
        return explore(*args, **options)


sys.modules[__name__].__class__ = _Room
