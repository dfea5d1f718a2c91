"""A catalogue as a map: its products where they are alike, and what is said of them.

The room and the call have one name: `prodcat.explore(…)` works whether or not the room is loaded.
"""

import sys
from types import ModuleType
from typing import Any


class _Room(ModuleType):
    """The room, which can be called."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Show a corpus or a frame, as `prodcat.explore.exploring.explore` does."""
        from prodcat.explore.exploring import explore

        return explore(*args, **options)


# Loading a part of the room puts the room in the place of the function `prodcat.explore`.
sys.modules[__name__].__class__ = _Room
