"""Which products a corpus has already, by the ids that reports and answers print."""

import json
from collections.abc import Iterable

from prodcat.corpus.store import Corpus


def sources_of(corpus: Corpus, ids: Iterable[str]) -> dict[str, str]:
    """Return the source of each of these products that the corpus has.

    Args:
        corpus: Where they are looked for.
        ids: Such as ``shop:12``; others than products of the corpus are passed over.
    """
    rows = corpus.db.execute(
        "select id, source from products where id in (select value from json_each(?))",
        [json.dumps(list(ids))],
    )
    return dict(rows.fetchall())
