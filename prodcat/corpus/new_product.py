"""A product on its way into the corpus."""

from dataclasses import dataclass, fields
from enum import Enum
from typing import Final, Literal


class AsStored(Enum):
    """What a column of a new product is when nothing is known of it."""

    AS_STORED = "as stored"

    # Not true, like None and the empty text, so that `product.url or ...` reads as ever.
    def __bool__(self) -> Literal[False]:
        return False


AS_STORED: Final = AsStored.AS_STORED
"""Leave the column as it is. None cannot say so: it empties a label, a price or a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProduct:
    """What is written of a product; the id and the time of the row follow from it.

    The fields are the columns of the table ``products``. Of a product that the corpus does not
    have yet, those that are `AS_STORED` get the column's default.

    >>> NewProduct(source="shop", source_id="1", name="Boots", price=None).columns()
    {'source': 'shop', 'source_id': '1', 'name': 'Boots', 'price': None}
    """

    source: str
    source_id: str
    url: str | AsStored = AS_STORED
    name: str | AsStored = AS_STORED
    description: str | AsStored = AS_STORED
    brand: str | AsStored = AS_STORED
    price: float | AsStored | None = AS_STORED
    currency: str | AsStored = AS_STORED
    locale: str | AsStored = AS_STORED
    category_id: str | AsStored | None = AS_STORED
    """The gold label, as the source states it."""
    image_url: str | AsStored = AS_STORED
    image_sha256: str | AsStored | None = AS_STORED
    image_status: str | AsStored = AS_STORED
    """``stored``, or why there is no picture."""
    split: str | AsStored = AS_STORED
    group_id: str | AsStored = AS_STORED

    @property
    def id(self) -> str:
        """Its id in the corpus."""
        return f"{self.source}:{self.source_id}"

    def columns(self) -> dict[str, str | float | None]:
        """Return what is to be written, by column."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {column: value for column, value in values if value is not AS_STORED}
