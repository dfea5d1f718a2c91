"""A split, with what had to be done to make it, in words."""

from dataclasses import dataclass

from prodcat.wording import clean, shorten

SHOWN = 10
"""So many cut ties have a line each."""
EXAMPLE_LENGTH = 60


@dataclass(frozen=True)
class CutTie:
    """What too many products share to be kept on one side."""

    kind: str
    """``group``, ``picture``, ``description`` or ``name``."""
    example: str
    """What they share: the text, the picture's hash, or the shop's own group."""
    products: int
    """How many share it."""
    of: int
    """Of how many products."""

    def __str__(self) -> str:
        """Say it in a line.

        >>> print(CutTie("name", "acme shirt", 120, 200))  # doctest: +NORMALIZE_WHITESPACE
        The same name is shared by 120 of 200 products ('acme shirt'),
        too many to keep on one side: it does not tie them.
        """
        example = shorten(" ".join(clean(self.example).split()), EXAMPLE_LENGTH)
        return (
            f"The same {self.kind} is shared by {self.products:,} of {self.of:,} products"
            f" ('{example}'), too many to keep on one side: it does not tie them."
        )


@dataclass(frozen=True)
class Split:
    """The side of each product."""

    sides: list[str]
    """``train``, ``val``, ``test``, or empty to leave the product out."""
    cut: tuple[CutTie, ...] = ()
    chained: int = 0
    """Ties cut since, through others, too many products would have hung together."""
    val_from_train: int = 0
    """Training products of the corpus's own split that were taken for validation."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done that nobody asked for, a line each.

        >>> Split(["train", "val"], val_from_train=1).notes
        ('The split column marks no validation products: 1 of its 2 training products is taken.',)
        """
        largest = sorted(self.cut, key=lambda tie: (-tie.products, tie.kind, tie.example))
        lines = [str(tie) for tie in largest[:SHOWN]]
        if len(largest) > SHOWN:
            lines.append(f"{len(largest) - SHOWN:,} more are shared by too many, and do not tie.")
        if self.chained:
            lines.append(
                f"{self.chained:,} ties between products are cut: through others, too many would"
                " hang together to keep on one side."
            )
        if self.val_from_train:
            taken = self.val_from_train
            train = taken + self.sides.count("train")
            lines.append(
                f"The split column marks no validation products: {taken:,} of its {train:,}"
                f" training products {'is' if taken == 1 else 'are'} taken."
            )
        return tuple(lines)
