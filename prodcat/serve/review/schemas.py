"""What the queue's requests and answers look like."""

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from prodcat.review.queue import MOST_ALIKE, MOST_NAME
from prodcat.serve.schemas import Out, Request, whole_number

MOST_AHEAD = 50
MOST_ID = 1000
NO_CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
NAME = rf"^[^ {NO_CONTROLS}][^{NO_CONTROLS}]*$"

Who = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MOST_NAME,
        pattern=NAME,
        description="Name of the person, which stands beside each decision.",
    ),
]
ProductId = Annotated[str, Field(min_length=1, max_length=MOST_ID)]
CategoryId = Annotated[str, Field(min_length=1, max_length=4 * MOST_ID)]
Number = Annotated[int, Field(ge=1, le=2**53), BeforeValidator(whole_number)]


class NextIn(Request):
    """Who asks for a card."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"who": "ana", "ahead": ["shop:1"]}]})
    who: Who
    ahead: Annotated[list[ProductId], Field(default_factory=list, max_length=MOST_AHEAD)]
    """Products that the person has in hand already: held on, and not handed out again."""


class DecideIn(Request):
    """What a person decided about a card."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"who": "ana", "product": "shop:1", "verdict": "suggestion"}]
        }
    )
    who: Who
    product: ProductId
    verdict: Annotated[str, Field(pattern="^(keep|suggestion|other|none|skip)$")]
    """Keep the label, take the suggested category, another one, none of the tree's, or later."""
    category: CategoryId | None = None
    """Id of the category, for ``other`` alone."""
    alike: Annotated[list[ProductId], Field(default_factory=list, max_length=MOST_ALIKE)]
    """Near-duplicates, of those that the card lists, that the same category is given to."""


class UndoIn(Request):
    """Whose last decision is taken back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"who": "ana"}]})
    who: Who
    action: Number | None = None
    """Which one; asked again, nothing more is taken back. Left out, the last that counts."""


class PlaceOut(Out):
    """A category."""

    id: str
    path: list[str]
    in_tree: bool
    """Whether the tree has it; a label need not be in it, and then cannot be kept."""


class ShownOut(Out):
    """A product beside the one in question."""

    id: str
    name: str
    label: PlaceOut | None
    picture: str | None
    """Path of its picture, below this service."""
    decided: bool
    """Whether a person decided on it already."""


class CardOut(Out):
    """A product to decide on."""

    product: str
    name: str
    description: str
    picture: str | None
    kind: str
    """What it is suspected of, or why it is asked about."""
    reason: str
    further: list[str]
    """Further reasons."""
    value: float
    """What a look is expected to bring, 0 to 1."""
    label: PlaceOut | None
    suggestion: PlaceOut | None
    probability: float | None
    """Of the suggestion."""
    alike: list[ShownOut]
    """Its near-duplicates, which one decision can cover."""
    of_label: list[ShownOut]
    of_suggestion: list[ShownOut]


class NextOut(Out):
    """The next card."""

    card: CardOut | None
    """None where there is nothing left for this person."""


class ActionOut(Out):
    """What a person did."""

    id: int
    product: str
    verdict: str
    covered: list[str]
    """The products that were decided on."""
    passed_over: list[str]
    """Near-duplicates on which there was a decision already, which stays."""


class UndoOut(Out):
    """What was taken back."""

    action: ActionOut | None
    """None where there was nothing."""
    card: CardOut | None
    """The card once more."""


class ProgressOut(Out):
    """How far the queue is."""

    done: int
    left: int
    second: int
    """Of those decided on, how many wait for a second person."""
    pace_s: float | None
    """Seconds that this person takes for a card, lately."""
    people: dict[str, int]
    """Who → cards decided on."""
    twice: int
    """Products on which two people decided."""
    agreed: int
    """Of these, those about which they said the same."""
    last: int | None
    """What this person did last and did not take back, by its number."""


class FoundOut(PlaceOut):
    """A category that may be meant."""

    recent: bool
    """Whether this person chose it lately."""


class FoundCategoriesOut(Out):
    """Categories that may be meant, the likeliest first."""

    categories: list[FoundOut]
