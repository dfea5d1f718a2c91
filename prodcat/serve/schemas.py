"""What requests and answers look like; /openapi.json is made of it."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from prodcat.decision.guarantee import HIGHEST_ACCURACY, LOWEST_ACCURACY

NAME_CHARACTERS = 10_000
TEXT_CHARACTERS = 200_000
MOST_PRODUCTS = 256
MOST_SIMILAR = 100

EXAMPLE: dict[str, JsonValue] = {
    "name": "Blue denim jeans for women",
    "description": "Straight leg, five pockets.",
}
NOT_BOTH: dict[str, JsonValue] = {"not": {"required": ["accuracy", "threshold"]}}


class Request(BaseModel):
    """What a client sends: nothing is guessed, and nothing passed over."""

    model_config = ConfigDict(strict=True, extra="forbid", use_attribute_docstrings=True)


class ProductIn(Request):
    """A product, of which any part may be missing."""

    id: Annotated[str, Field(max_length=500)] | None = None
    """Comes back with the answer."""
    name: Annotated[str, Field(max_length=NAME_CHARACTERS)] | None = None
    description: Annotated[str, Field(max_length=TEXT_CHARACTERS)] | None = None
    image: Annotated[
        str | None,
        Field(
            description="The file of a picture in base64, or a data: URI of it. No address and no"
            " path: none is ever opened.",
        ),
    ] = None


Accuracy = Annotated[
    float,
    Field(
        ge=LOWEST_ACCURACY,
        le=HIGHEST_ACCURACY,
        description="How often answers shall be right; left out, the model's default.",
    ),
]
Threshold = Annotated[
    float,
    Field(ge=0.0, le=1.0, description="Least probability to answer with, instead of accuracy."),
]


class Rule(Request):
    """When to answer: give accuracy or threshold, or neither."""

    accuracy: Accuracy | None = None
    threshold: Threshold | None = None

    @model_validator(mode="after")
    def not_both(self) -> "Rule":
        """Refuse two rules at once."""
        if {"accuracy", "threshold"} <= self.model_fields_set:
            raise ValueError("give accuracy or threshold, not both")
        return self


class PredictIn(Rule):
    """Products to categorize."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"products": [EXAMPLE], "accuracy": 0.98}], **NOT_BOTH}
    )
    products: Annotated[list[ProductIn], Field(min_length=1, max_length=MOST_PRODUCTS)]
    levels: bool = False
    """Tell the probability of each level of the best path, too; takes twice as long."""


class ExplainIn(Rule):
    """A product to explain the answer to."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"product": EXAMPLE}], **NOT_BOTH})
    product: ProductIn


def whole_number(value: Any) -> Any:
    """Return 6 for 6.0, which is the same number in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class SimilarIn(Request):
    """What to find similar products to: an id of the index, or a product."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"product": EXAMPLE, "k": 6}],
            "oneOf": [
                {"required": ["id"], "properties": {"id": {"type": "string"}}},
                {"required": ["product"], "properties": {"product": {"type": "object"}}},
            ],
        }
    )
    id: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    product: ProductIn | None = None
    k: Annotated[int, Field(ge=1, le=MOST_SIMILAR), BeforeValidator(whole_number)] = 6
    weights: Annotated[str, Field(pattern="^(look|kind)$")] = "look"
    category: Annotated[str, Field(max_length=1000)] | None = None
    """Only products of this category or below it, such as ``Shoes > Boots``."""

    @model_validator(mode="after")
    def one_of_both(self) -> "SimilarIn":
        """Refuse none, and two."""
        if (self.id is None) == (self.product is None):
            raise ValueError("give an id of the index, or a product, and not both")
        return self


class Out(BaseModel):
    """What the service sends."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")


class Node(Out):
    """A category and how probable it is."""

    path: list[str]
    probability: float


class Answer(Out):
    """The answer to one product."""

    id: str | None
    path: list[str]
    """Names from the root to the answer; empty when abstained."""
    category: str | None
    probability: float
    abstained: bool
    reason: str | None
    """Why it abstained: unsure, unlike anything learnt, nothing to read."""
    needed: float | None
    """Probability that an answer would have taken."""
    leaf: list[str] | None
    """The best leaf, whatever the threshold."""
    leaf_probability: float | None
    alternatives: list[Node]
    between: list[Node]
    """What it could not decide between, a level below the answer."""
    used: list[str]
    error: str | None
    """What of the product could not be read; the rest was answered."""
    levels: list[Node] | None = None
    """Each level of the best path, where it was asked for."""


class PredictOut(Out):
    """The answers, one for each product, in the same order."""

    answers: list[Answer]
    model: str
    """Fingerprint of the model that answered."""
    waited_s: float
    seconds: float


class ExplainOut(Out):
    """Why a product got its answer."""

    answer: Answer
    explanation: dict[str, Any] | None
    """None where nothing of the product could be read, or not all of it; see the answer's error."""
    model: str
    seconds: float


class SimilarProductOut(Out):
    """A product of the index."""

    id: str
    similarity: float
    path: list[str]
    name: str
    price: float | None
    picture: str | None
    """Path of its picture, below this service."""


class SimilarOut(Out):
    """The most similar products, the most similar first."""

    similar: list[SimilarProductOut]
    error: str | None
    """Why there are none."""
    seconds: float


class CategoryOut(Out):
    """A category of the tree."""

    id: str
    name: str
    path: list[str]
    parent: str | None
    children: int
    answerable: bool
    """Whether the model can answer with it or with a category below it."""


class CategoriesOut(Out):
    """Categories, in the order of the tree."""

    categories: list[CategoryOut]
    total: int
    """How many there are that fit, beside those of this page."""
    version: str


class PromisePoint(Out):
    """What is promised at one accuracy."""

    accuracy: float
    threshold: float | None
    """Least probability to answer with; None where the model cannot promise it."""
    answered: float | None
    """Share of products that get an answer."""


class ModelOut(Out):
    """The model that answers."""

    fingerprint: str
    name: str
    facts: dict[str, Any]
    card: str | None
    """In Markdown."""
    promises: dict[str, list[PromisePoint]]
    """Parts that a product has → what is promised of it, from accuracy to accuracy."""
    reads: list[str]
    """Which of name, description and image it makes use of."""
    similar: bool
    """Whether similar products can be asked for."""
    review: bool
    """Whether there is a queue to go through."""
    limits: dict[str, float]


class TakenUp(Out):
    """What came of a model change."""

    changed: bool
    fingerprint: str


class Health(Out):
    """How it is."""

    status: str


class ProblemOut(Out):
    """An error, as RFC 9457 has them."""

    type: str
    title: str
    status: int
    detail: str
    """What was found."""
    expected: str | None = None
    todo: str | None = None
    errors: list[dict[str, Any]] | None = None
    """Where in the request, and what is wrong there."""
    request: str | None = None
    """Id of the request, as in the service's log."""
