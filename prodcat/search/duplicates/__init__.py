"""Near-duplicates: products entered twice, in several colours or sizes, or with one picture."""

from prodcat.search.duplicates.finding import find_duplicates
from prodcat.search.duplicates.records import (
    DuplicateGroup,
    Duplicates,
    DuplicateSettings,
    Member,
)

__all__ = ["DuplicateGroup", "DuplicateSettings", "Duplicates", "Member", "find_duplicates"]
