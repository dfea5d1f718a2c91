"""Pictures that were fetched from their addresses, kept when their products are written again."""

import json
from collections.abc import Sequence
from dataclasses import replace

from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus

WAITING = "waiting"
"""Status of a picture that has a web address and has not been fetched."""
NOT_FETCHED = ("", "missing")
"""Statuses that fetching does not give."""


def keep_fetched(corpus: Corpus, products: Sequence[NewProduct]) -> list[NewProduct]:
    """Return the products with what became of their pictures, where the address is the same.

    Else importing a table again would have all its pictures fetched anew.

    Raises:
        CorpusError: If the corpus cannot be read.
    """
    waiting = {p.id: p.image_url for p in products if p.image_status == WAITING}
    if not waiting:
        return list(products)
    rows = corpus.db.execute(
        "select id, image_url, image_sha256, image_status from products"
        " where id in (select value from json_each(?))",
        [json.dumps(list(waiting))],
    )
    fetched = {
        product_id: {"image_sha256": sha256, "image_status": status}
        for product_id, url, sha256, status in rows
        if url == waiting[product_id] and status not in NOT_FETCHED
    }
    return [replace(p, **fetched[p.id]) if p.id in fetched else p for p in products]


def count_waiting(corpus: Corpus, source: str | None = None) -> int:
    """Count the products that have the address of a picture which nobody has fetched.

    Args:
        corpus: Where they are.
        source: Only those of one source; None for all.
    """
    ((number,),) = corpus.db.execute(
        "select count(*) from products where image_status = :waiting"
        " and (:source is null or source = :source)",
        {"waiting": WAITING, "source": source},
    )
    return int(number)
