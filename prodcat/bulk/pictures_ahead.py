"""Pictures that rows name by web addresses, fetched while the rows before them are answered."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from prodcat.errors import ImageError
from prodcat.tables.rows import WEB_ADDRESS, TableRow

FetchPicture = Callable[[str], Path]
"""Gives the file with the picture of a web address, or raises `ImageError` with the reason why it
cannot be had; any other error ends the run. Called from several threads, now and then again for
the same address."""

THREADS = 16
ROWS_AHEAD = 256
"""Rows whose pictures may be on their way or there before they are taken."""


def with_pictures(
    rows: Iterable[TableRow],
    fetch: FetchPicture,
    *,
    threads: int = THREADS,
    ahead: int = ROWS_AHEAD,
) -> Iterator[TableRow]:
    """Yield the rows in order, with the file of a picture where they had only its address.

    A row whose picture cannot be had says why, like one whose picture cannot be read.

    Args:
        rows: Of a table.
        fetch: What to fetch with.
        threads: How many pictures to fetch at once.
        ahead: How many rows to take before the first of them is yielded.
    """
    waiting: deque[tuple[TableRow, Future[Path] | None]] = deque()
    # By the address: rows near each other, such as variants of a product, mostly share theirs.
    on_their_way: dict[str, Future[Path]] = {}
    pool = ThreadPoolExecutor(threads, thread_name_prefix="pictures")
    try:
        for row in rows:
            future = None
            if wants_picture(row):
                future = on_their_way.get(row.image_url)
                if future is None:
                    future = on_their_way[row.image_url] = pool.submit(fetch, row.image_url)
            waiting.append((row, future))
            if len(waiting) > ahead:
                yield _take(waiting, on_their_way)
        while waiting:
            yield _take(waiting, on_their_way)
    finally:
        # After an error, or when nobody takes rows any more, the others need not begin; and those
        # that are under way end by themselves.
        pool.shutdown(wait=False, cancel_futures=True)


def wants_picture(row: TableRow) -> bool:
    """Tell whether a row has the address of a picture, and no picture."""
    if not row.image_url or row.error is not None:
        return False
    return row.image is None or (isinstance(row.image, Path) and not row.image.is_file())


def _take(
    waiting: deque[tuple[TableRow, Future[Path] | None]], on_their_way: dict[str, Future[Path]]
) -> TableRow:
    row, future = waiting.popleft()
    if future is None:
        return row
    # Whoever comes with the address later asks anew, so that only so many are held here.
    on_their_way.pop(row.image_url, None)
    problems = tuple(problem for problem in row.problems if problem != WEB_ADDRESS)
    try:
        return replace(row, image=future.result(), problems=problems)
    except ImageError as error:
        return replace(row, problems=(*problems, str(error)))
