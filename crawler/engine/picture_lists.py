"""The pictures that a shop names of a product: the first that is to be had is fetched.

A picture that was asked for in vain, and that every product has another one for, is ``replaced``:
for this run it counts as one that failed, but nobody is told of it, and the next run forgets it.
"""

# ruff: noqa: S608  (the conditions are texts of this file, their values are parameters)

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from crawler.engine.frontier import FAILED, Frontier
from crawler.engine.tasks import PICTURE, PictureAddress, StoredTask, host_of_picture, make_task_id
from prodcat.corpus.store import Corpus

STORED, WAITING, REPLACED = "stored", "waiting", "replaced"
MAX_PICTURES = 6
"""Of one product: the first and five to take in its place."""
BATCH_PRODUCTS = 500
MOST_SHARING = 3
"""Products that may have one picture in place of their first; variants count as one. What more of
them name is the shop's sign, or a picture that says that there is none."""
OF_WHOLE_HOST = frozenset(
    {"connection", "no-host", "tls", "host-down", "host-refuses", "challenge", "robots-unreachable"}
)
"""Reasons for which other pictures of the same host are not to be had either."""

Urls = Sequence[str]


class ProductPicture(NamedTuple):
    """The picture of a product, as its row has it."""

    url: str = ""
    status: str = ""
    """``stored``, ``waiting``, or the reason why it could not be fetched."""
    sha256: str | None = None


class Known(NamedTuple):
    """What is known of a picture's address."""

    status: str
    reason: str
    sha256: str | None

    @property
    def is_in_vain(self) -> bool:
        """It was asked for, and is not to be had for now."""
        return self.status in (FAILED, REPLACED)


class PictureLists:
    """Chooses the pictures of products; all that it writes belongs in a transaction."""

    def __init__(self, corpus: Corpus, frontier: Frontier) -> None:
        self.corpus, self.frontier = corpus, frontier

    def forget_replaced(self) -> None:
        """Let pictures that an earlier run had replaced be asked for again by new products."""
        self.corpus.db.execute(
            "delete from crawl_tasks where source = ? and status = ? and kind = ?",
            [self.frontier.source, REPLACED, PICTURE],
        )

    def take(self, lists: Mapping[str, Urls]) -> dict[str, ProductPicture]:
        """Note what a shop names now, and return the picture of each product.

        A product keeps the picture that it has while the shop names it and the same one first.

        Args:
            lists: Addresses by the product's id, best first; those of products without are empty.
        """
        before, rows = self._lists(lists), self._rows(lists)
        ids = json.dumps([i for i in before if tuple(before[i]) != _noted(lists[i])])
        self.corpus.db.execute(
            "delete from crawl_pictures where product_id in (select value from json_each(?))", [ids]
        )
        self.corpus.db.conn.executemany(
            "insert into crawl_pictures (product_id, place, url) values (?, ?, ?)",
            [
                (i, place, url)
                for i, urls in lists.items()
                if tuple(before.get(i, ())) != _noted(urls)
                for place, url in enumerate(_noted(urls))
            ],
        )
        pictures, others = dict[str, ProductPicture](), dict[str, Urls]()
        same = {
            i: row
            for i, row in rows.items()
            if row.url in lists[i] and before.get(i, [row.url])[0] == lists[i][0]
        }
        known = self._known({row.url for row in same.values() if row.status != STORED})
        for i, urls in lists.items():
            row = same.get(i)
            if row is not None and not (row.url in known and known[row.url].is_in_vain):
                pictures[i] = row
            elif urls:
                others[i] = urls
            else:
                pictures[i] = ProductPicture()
        return pictures | self._choose(others)

    def move_on(self, task: StoredTask, reason: str) -> None:
        """Give the products of a picture that is not to be had, whose task has failed, the next."""
        db, of_picture = self.corpus.db, [self.frontier.source, task.key]
        # A picture that is there stays, whatever became of a later request.
        here = "source = ? and image_url = ? and image_sha256 is null"
        named = "exists (select 1 from crawl_pictures where product_id = products.id)"
        rows = db.execute(f"select id from products where {here} and {named}", of_picture)
        ids = [product_id for (product_id,) in rows]
        for start in range(0, len(ids), BATCH_PRODUCTS):
            pictures = self._choose(self._lists(ids[start : start + BATCH_PRODUCTS]))
            db.conn.executemany(
                "update products set image_url = ?, image_status = ?, image_sha256 = ?"
                " where id = ?",
                [(*picture, i) for i, picture in pictures.items()],
            )
            self.frontier.add_pictures(
                PictureAddress(picture.url, task.category)
                for picture in pictures.values()
                if picture.status == WAITING
            )
        db.execute(f"update products set image_status = ? where {here}", [reason, *of_picture])
        if ids:
            db.execute(
                "update crawl_tasks set status = ? where id = ? and not exists"
                " (select 1 from products where source = ? and image_url = ?)",
                [REPLACED, task.id, *of_picture],
            )

    def _choose(self, lists: Mapping[str, Urls]) -> dict[str, ProductPicture]:
        """Return the first picture that is here or may be had; the first of all if there is none.

        Args:
            lists: Addresses by the product's id; none is empty.
        """
        chosen: dict[str, ProductPicture] = {}
        firsts: dict[str, ProductPicture] = {}
        hosts: dict[str, set[str]] = {i: set() for i in lists}
        sharing = Sharing(self.corpus, self.frontier.source, lists)
        place, left = 0, dict(lists)
        # Mostly the first is chosen, so that of the others nothing is looked up.
        while left:
            known = self._known({urls[place] for urls in left.values()})
            for i, urls in list(left.items()):
                url = urls[place]
                of_url = known.get(url)
                if place and not sharing.has_room(url, i):
                    pass
                elif of_url is not None and of_url.sha256:
                    chosen[i] = ProductPicture(url, STORED, of_url.sha256)
                elif of_url is not None and of_url.is_in_vain:
                    firsts.setdefault(i, ProductPicture(url, of_url.reason))
                    if of_url.reason in OF_WHOLE_HOST:
                        hosts[i].add(host_of_picture(url))
                elif not hosts[i] or host_of_picture(url) not in hosts[i]:
                    chosen[i] = ProductPicture(url, WAITING)
                if place and i in chosen:
                    sharing.note(url, i)
                if i in chosen or place + 1 == len(urls):
                    del left[i]
            place += 1
        in_vain = {i: first for i, first in firsts.items() if i not in chosen}
        self._want_again({first.url for first in in_vain.values()})
        return chosen | in_vain

    def _want_again(self, urls: Collection[str]) -> None:
        """Let the next run try pictures for which there is no other after all."""
        if urls:
            self.corpus.db.execute(
                "update crawl_tasks set status = ? where status = ?"
                " and id in (select value from json_each(?))",
                [FAILED, REPLACED, self._task_ids(urls)],
            )

    def _known(self, urls: Collection[str]) -> dict[str, Known]:
        if not urls:
            return {}
        rows = self.corpus.db.execute(
            "select url, status, reason, iif(status = 'done', json_extract(data, '$.sha256'), null)"
            " from crawl_tasks where id in (select value from json_each(?))",
            [self._task_ids(urls)],
        )
        return {url: Known(*row) for url, *row in rows}

    def _task_ids(self, urls: Collection[str]) -> str:
        return json.dumps([make_task_id(self.frontier.source, "", PICTURE, url) for url in urls])

    def _lists(self, ids: Collection[str]) -> dict[str, list[str]]:
        """Return what shops named of these products; nothing of those with one picture or none."""
        lists: dict[str, list[str]] = {}
        for product_id, url in self.corpus.db.execute(
            "select product_id, url from crawl_pictures"
            " where product_id in (select value from json_each(?)) order by product_id, place",
            [json.dumps(list(ids))],
        ):
            lists.setdefault(product_id, []).append(url)
        return lists

    def _rows(self, ids: Collection[str]) -> dict[str, ProductPicture]:
        rows = self.corpus.db.execute(
            "select id, image_url, image_status, image_sha256 from products"
            " where id in (select value from json_each(?))",
            [json.dumps(list(ids))],
        )
        return {product_id: ProductPicture(*picture) for product_id, *picture in rows}


class Sharing:
    """How many products have pictures that are not the first of some of them.

    Args:
        corpus: Where they are.
        source: Whose products they are.
        ids: The products that pictures are chosen for.
    """

    def __init__(self, corpus: Corpus, source: str, ids: Collection[str]) -> None:
        self.corpus, self.source, self._ids = corpus, source, ids
        self._by_url: dict[str, set[str]] = {}

    def has_room(self, url: str, product_id: str) -> bool:
        """Tell whether a product may have a picture in place of its first."""
        return len(self._groups_with(url) | {self._group(product_id)}) <= MOST_SHARING

    def note(self, url: str, product_id: str) -> None:
        """Note that a product gets a picture."""
        self._groups_with(url).add(self._group(product_id))

    def _groups_with(self, url: str) -> set[str]:
        if url not in self._by_url:
            rows = self.corpus.db.execute(
                "select distinct iif(group_id = '', id, group_id) from products"
                " where source = ? and image_url = ? limit ?",
                [self.source, url, MOST_SHARING + 1],
            )
            self._by_url[url] = {group for (group,) in rows}
        return self._by_url[url]

    def _group(self, product_id: str) -> str:
        return self._groups.get(product_id, product_id)

    @cached_property
    def _groups(self) -> dict[str, str]:
        rows = self.corpus.db.execute(
            "select id, group_id from products where group_id != ''"
            " and id in (select value from json_each(?))",
            [json.dumps(list(self._ids))],
        )
        return dict(rows.fetchall())


def _noted(urls: Urls) -> tuple[str, ...]:
    # Of a product with one picture its row says all there is.
    return tuple(urls) if len(urls) > 1 else ()
