"""What a file of answers says of itself, and what its writer has to tell."""

from dataclasses import dataclass, field

from prodcat.bulk.counts import Counter


@dataclass(frozen=True)
class About:
    """Where answers come from, and what is counted while they are written."""

    source: str
    model: str
    """Name of the model."""
    fingerprint: str
    rule: str
    """When it answered, such as ``an accuracy of 98 %``."""
    image_column: str | None = None
    """Of the input: pictures that are shown stand beside the rows of this column."""
    name_column: str | None = None
    remarks: list[str] = field(default_factory=list)
    """What became of the input's columns, in sentences."""
    counter: Counter = field(default_factory=Counter)
    notes: dict[str, int] = field(default_factory=dict)
    """What was done to cells that a file of this kind cannot hold → how many there were."""

    def note(self, what: str) -> None:
        """Count a cell that could not be written as it was."""
        self.notes[what] = self.notes.get(what, 0) + 1

    def told(self) -> list[str]:
        """Return what is not as it was in the input, in sentences."""
        return [*self.remarks, *(f"{count:,} {what}" for what, count in self.notes.items())]
