"""Whether a crawl brought what it was made for, told by what was left out and why."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from prodcat.corpus.store import Corpus

ORDINARY = frozenset({"no-product", "several-products"})
"""Why most pages of a sitemap are left out: they are other pages than products."""
LARGE_SHARE, LARGE_SHARE_ORDINARY = 0.5, 0.8
"""So much of what was found may be left out, for other reasons and for all of them."""
FEWEST = 10
NUMBERED = re.compile(r"(\d{1,9}) (\D.*)", re.DOTALL)


@dataclass(frozen=True)
class LeftOut:
    """What was left out for one reason."""

    reason: str
    number: int
    example: str


def read_left_out(corpus: Corpus, source: str) -> list[LeftOut]:
    """Return what was left out of the pages of a source as they were last read, most first."""
    numbers: Counter[str] = Counter()
    examples: dict[str, str] = {}
    rows = corpus.db.execute(
        "select reason, count(*), min(item) from crawl_skipped where source = ? group by reason",
        [source],
    )
    for reason, count, example in rows:
        # A sitemap notes all its addresses of other hosts in one line, by their number.
        several = NUMBERED.fullmatch(reason)
        reason, each = (several[2], int(several[1])) if several else (reason, 1)
        numbers[reason] += count * each
        examples.setdefault(reason, example)
    return [LeftOut(reason, n, examples[reason]) for reason, n in numbers.most_common()]


def read_failed(corpus: Corpus, source: str, scope: str) -> list[LeftOut]:
    """Return why pages of a crawl failed, the most frequent reason first."""
    rows = corpus.db.execute(
        "select reason, count(*), min(last_error) from crawl_tasks where source = ? and scope = ?"
        " and status = 'failed' and kind != 'picture' group by reason order by 2 desc, 1",
        [source, scope],
    )
    return [LeftOut(*row) for row in rows]


def what_is_wrong(
    products: int, left_out: Sequence[LeftOut], failed: Sequence[LeftOut] = ()
) -> str:
    """Say in one line that little or nothing came of a crawl; empty where enough did.

    Args:
        products: In the corpus, of this source.
        left_out: As `read_left_out` tells it.
        failed: As `read_failed` tells it.

    >>> what_is_wrong(9, [LeftOut("no-product", 5, "/about")])
    ''
    >>> what_is_wrong(0, [LeftOut("addresses of other hosts", 40, "/sitemap.xml")])
    'No product was found: 40 left out as "addresses of other hosts", such as /sitemap.xml.'
    >>> what_is_wrong(0, [], [LeftOut("status-403", 2, "shop.example answered with status 403")])
    'No product was found: 2 failed as "status-403", such as shop.example answered with status 403.'
    >>> what_is_wrong(0, [])
    'No product was found, and nothing that could be one.'
    """
    number = sum(one.number for one in left_out)
    if not products:
        causes = [("left out", one) for one in left_out] + [("failed", one) for one in failed]
        if not causes:
            return "No product was found, and nothing that could be one."
        became, most = max(causes, key=lambda cause: cause[1].number)
        return f"No product was found: {_told(became, most)}"
    # Of a handful it says nothing of the crawl.
    if number < FEWEST:
        return ""
    odd = sum(one.number for one in left_out if one.reason not in ORDINARY)
    total = products + number
    if odd >= LARGE_SHARE * (products + odd) or number >= LARGE_SHARE_ORDINARY * total:
        told = _told("left out", left_out[0])
        return f"Of {total:,} entries {number:,} are no products: {told}"
    return ""


def _told(became: str, one: LeftOut) -> str:
    example = f"{one.example:.300}".rstrip(".")
    return f'{one.number:,} {became} as "{one.reason}", such as {example}.'
