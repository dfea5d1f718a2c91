"""Addresses that an earlier version stored as shops wrote them, put into their one form.

Else a crawl that goes on would take them for others, and fetch all of them anew.
"""

import json

from crawler.engine.tasks import PICTURE, make_task_id
from crawler.http.normal import normal_url
from prodcat.corpus.store import Corpus


def adopt_old_addresses(corpus: Corpus, source: str) -> int:
    """Bring the tasks of a source, and the pictures of its products, into that form.

    Belongs in a transaction.

    Returns:
        How many addresses had another.
    """
    rows = corpus.db.execute(
        "select id, scope, kind, url, status, data from crawl_tasks"
        " where source = ? and url like 'http%'",
        [source],
    )
    changes = [(*row, normal) for row in rows if (normal := _normal(row[3])) != row[3]]
    for task_id, scope, kind, url, status, data, normal in changes:
        new_id = make_task_id(source, scope, kind, normal)
        known = corpus.db.execute(
            "select status from crawl_tasks where id = ?", [new_id]
        ).fetchone()
        if known is not None and known[0] != "done" and status == "done":
            corpus.db.execute("delete from crawl_tasks where id = ?", [new_id])
            known = None
        if known is None:
            values = json.loads(data)
            if "url" in values:
                # The product's id was made of it, and stays.
                values |= {"url": normal, "written": values.get("written", url)}
            corpus.db.execute(
                "update crawl_tasks set id = ?, url = ?, data = ? where id = ?",
                [new_id, normal, json.dumps(values), task_id],
            )
        else:
            corpus.db.execute("delete from crawl_tasks where id = ?", [task_id])
        corpus.db.execute(
            "update or ignore crawl_skipped set task_id = ? where task_id = ?", [new_id, task_id]
        )
        corpus.db.execute(
            "update or ignore crawl_validators set url = ? where source = ? and url = ?",
            [normal, source, url],
        )
        if kind == PICTURE:
            corpus.db.execute(
                "update products set image_url = ? where source = ? and image_url = ?",
                [normal, source, url],
            )
    return len(changes)


def _normal(url: str) -> str:
    try:
        return normal_url(url)
    except ValueError:
        # No address; it failed before and fails again.
        return url
