"""Lists of favourite products, as the ShopStyle-compatible server makes them up for each user."""

from collections.abc import Sequence
from typing import Any

from tests.shopstyle.calls import ApiError, Call
from tests.shopstyle.listings import Listing
from tests.shopstyle.products import SITE
from tests.shopstyle.shop import Shop

LISTS, LIST_PRODUCTS = 3, 12
FIRST_ID = 40_000_001


class FavoriteLists:
    """The lists that there are: each of some of the most popular products."""

    def __init__(self, shop: Shop) -> None:
        popular = sorted(shop.listings.values(), key=lambda p: (-p.popularity, p.id))
        chosen = [popular[n::LISTS][:LIST_PRODUCTS] for n in range(LISTS)]
        self._lists = {str(FIRST_ID + n): part for n, part in enumerate(chosen) if part}

    def all(self, call: Call) -> dict[str, Any]:
        """Answer ``/lists``: all of them, or those of a user who has them all."""
        offset, limit = call.number("offset", 0), call.number("limit", len(self._lists))
        names = list(self._lists)[offset : offset + limit]
        metadata = {"offset": offset, "limit": limit, "total": len(self._lists)}
        return {"metadata": metadata, "lists": [self.about(name) for name in names]}

    def find(self, list_id: str) -> str:
        """Return the id of a list; raises `ApiError` where there is none."""
        if list_id not in self._lists:
            raise ApiError(404, "FavoriteListNotFound", f"There is no list {list_id[:40]}.")
        return list_id

    def about(self, list_id: str) -> dict[str, Any]:
        """Describe a list."""
        number = int(list_id) - FIRST_ID + 1
        return {
            "id": int(list_id),
            "title": f"Favourites {number}",
            "count": len(self._lists[list_id]),
            "url": f"{SITE}/list/{list_id}",
        }

    def listings(self, list_id: str) -> Sequence[Listing]:
        """Return the products of a list."""
        return self._lists[list_id]
