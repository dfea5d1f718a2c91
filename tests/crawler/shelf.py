"""A source of pages that tests fill by hand."""

from dataclasses import replace

from crawler.engine.crawl import Crawl
from crawler.items import Item, Task
from tests.crawler.crawls import QUICK


class Shelf:
    """A source of pages that tests fill by hand."""

    name, host = "shelf", ""

    def __init__(self, pages, scope=""):
        self.pages, self.scope, self.visited = pages, scope, []

    def seeds(self):
        return [Task("page", next(iter(self.pages)))]

    def visit(self, task, fetcher):
        self.visited.append(task.key)
        page = self.pages[task.key]
        if isinstance(page, list):
            page = page.pop(0) if len(page) > 1 else page[0]
        if isinstance(page, BaseException):
            raise page
        return page


def item(number, **fields):
    return Item(
        **{"source": "shelf", "source_id": str(number), "name": f"Boots {number}", **fields}
    )


def crawl(source, path, **settings):
    return Crawl(source, path, replace(QUICK, **settings)).run()
