"""Tasks as the frontier takes, gives and counts them."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from crawler.http.addresses import host_of
from crawler.items import Task

PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class StoredTask:
    """A task as its row has it."""

    id: str
    kind: str
    key: str
    data: dict[str, Any]
    host: str
    """Whose limit holds for it."""
    category: str
    """To count by; empty where none is known."""
    attempts: int
    """How often it failed in this run."""

    @property
    def is_picture(self) -> bool:
        """Whether a picture is to be fetched, which is the same for every source."""
        return self.kind == PICTURE

    @property
    def task(self) -> Task:
        """As its source knows it."""
        return Task(self.kind, self.key, self.data)


class PictureAddress(NamedTuple):
    """A picture to fetch."""

    url: str
    category: str
    """To count by; the one that its product was found in."""


class FinishedTask(NamedTuple):
    """A task that is done."""

    task: StoredTask
    data: str = ""
    """What is to be known of it later, as JSON, in place of its data; empty to keep these."""


# Its order is that of the columns in the statement that queues it.
class NewTask(NamedTuple):
    """A task as it is queued."""

    kind: str
    key: str
    """Of a picture its address; its column is called ``url``."""
    data: str
    """As JSON."""
    host: str
    category: str
    scope: str
    """Empty for a picture, which belongs to none."""


@dataclass
class WaitingCounts:
    """How many tasks wait, of each sort; those in hand of a worker wait too."""

    pages: int = 0
    pictures: int = 0
    # Before any page was seen: so many that the usual number of threads asks for one page first.
    pictures_per_page: float = 50.0
    """How many pictures each page is likely to bring: a moving average."""

    def note_page(self, pictures: int) -> None:
        """Learn how many pictures a page brought."""
        # Of the last few pages: a shop may have leaves with many products, and then with few.
        self.pictures_per_page += 0.2 * (pictures - self.pictures_per_page)


def make_task_id(source: str, scope: str, kind: str, key: str) -> str:
    """Return the id of a task's row."""
    # By tabs, which stand in no address.
    return "\t".join((source, scope, kind, key))


def host_of_picture(url: str) -> str:
    """Return whom a picture is asked of; empty for what is no address."""
    try:
        return host_of(url)
    except ValueError:
        # The fetcher says so, and the picture counts as failed like any other.
        return ""
