"""Similar products, out of an index that is opened when it is first asked for."""

import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote

from prodcat.errors import ConfigError, SearchError
from prodcat.product import Product
from prodcat.search.similar import SimilarProducts

PICTURE_BYTES = 32 << 20


class Neighbours:
    """An index of similar products; one search at a time.

    Args:
        folder: Of the index.

    Raises:
        ConfigError: If there is none.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._index = SimilarProducts.open(folder)
        except SearchError as error:
            raise ConfigError(f"Similar products cannot be served: {error}") from error
        self._lock = threading.Lock()

    def find(
        self, product: Product | None, product_id: str | None, **options: Any
    ) -> list[dict[str, Any]]:
        """Return the most similar products, as plain data without any path of this machine.

        Raises:
            InputError: If nothing of the product can be read.
            SearchError: If there is no product of that id, or the index is of another model.
        """
        given = () if product is None else (product.name, product.description, product.image)
        with self._lock:
            hits = self._index.find(*given, id=product_id, **options)
        return [
            {
                **hit.to_dict(),
                "picture": None
                if hit.picture is None
                else f"/v1/similar/picture?id={quote(hit.id, safe='')}",
            }
            for hit in hits
        ]

    def has(self, product_id: str) -> bool:
        """Tell whether the index has a product."""
        with self._lock:
            return product_id in self._index

    def picture(self, product_id: str) -> bytes | None:
        """Return the file of a product's picture; None where there is none."""
        with self._lock:
            if product_id not in self._index:
                return None
            file = self._index.picture(self._index.index.product(product_id)[0])
        if file is None or file.stat().st_size > PICTURE_BYTES:
            return None
        return file.read_bytes()

    def close(self) -> None:
        """Close its files."""
        self._index.close()
