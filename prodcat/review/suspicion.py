"""A product that deserves a look, and why: what checks find, and what the queue hands out."""

from dataclasses import dataclass

KINDS = ("label", "duplicates", "foreign", "poor", "unsure", "new", "chosen", "split", "next")


@dataclass(frozen=True)
class Suspicion:
    """A product that deserves a look, and why."""

    product_id: str
    kind: str
    """One of `KINDS`."""
    reason: str
    """One sentence, for people."""
    value: float
    """What a look is expected to bring, 0 to 1; the queue's order."""
    suggestion: str | None = None
    """Id of the category that may be the right one."""
    probability: float | None = None
    """Of the suggestion, 0 to 1."""
    alike: tuple[str, ...] = ()
    """Further product ids of its near-duplicate group, which one decision can cover."""
