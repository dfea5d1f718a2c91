"""How far a training is, told to whoever started it, and kept beside the run for developers."""

import logging
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from prodcat.errors import one_line

logger = logging.getLogger(__name__)

SAY_EVERY_S = 60.0


@contextmanager
def messages_to(on_message: Callable[[str], None] | None) -> Generator[None]:
    """Hand prodcat's log records of level INFO to a function, for as long as the block lasts.

    Other levels, and INFO where the program logs it anyway, take the usual way.

    Args:
        on_message: Gets each message; None for nobody.

    >>> with messages_to(print):
    ...     logging.getLogger("prodcat.training.fit").info("Epoch %d.", 1)
    Epoch 1.
    """
    if on_message is None:
        yield
        return
    root = logging.getLogger("prodcat")
    handler = _MessageHandler(on_message, usual=root.parent or logging.getLogger())
    with _handled_by([handler], logging.INFO):
        yield


@contextmanager
def _handled_by(handlers: Sequence[logging.Handler], level: int) -> Generator[None]:
    """Hand prodcat's log records from a level up to these handlers, and to no other above them."""
    root = logging.getLogger("prodcat")
    level_before, propagates = root.level, root.propagate
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    # A root logger that shows warnings alone would show all that reaches its handlers.
    root.propagate = False
    try:
        yield
    finally:
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level_before)
        root.propagate = propagates


@contextmanager
def logged_to(file: Path) -> Generator[None]:
    """Append prodcat's log records of every level to a file, for as long as the block lasts.

    They also take whatever way they took before. A file that cannot be written, such as on a
    full disk, is told once and ends nothing.

    Args:
        file: Gets a line for each record, with its time.
    """
    root = logging.getLogger("prodcat")
    try:
        handlers: list[logging.Handler] = [_LogFile(file, encoding="utf-8")]
    except OSError as error:
        logger.warning("%s cannot be written: %s", file, one_line(error))
        yield
        return
    if root.propagate:
        # Records that are passed on to the root logger are not held against its level again.
        handlers.append(_UsualWay(root.getEffectiveLevel(), root.parent or logging.getLogger()))
    with _handled_by(handlers, logging.DEBUG):
        yield


class TimeLeft:
    """Says a line a minute how far a long piece of work is.

    Args:
        what: What is done to the products, such as "Answering".
        total: How many products it is done to.
    """

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done = what, total, 0
        self._began = self._said_at = time.monotonic()

    def __call__(self, more: int) -> None:
        """Count so many more products as done."""
        self.done += more
        now = time.monotonic()
        if now - self._said_at < SAY_EVERY_S:
            return
        self._said_at = now
        minutes = (now - self._began) / max(1, self.done) * (self.total - self.done) / 60
        logger.info(f"{self.what}: {self.done:,} of {self.total:,}, about {minutes:.0f} min left")


class _MessageHandler(logging.Handler):
    def __init__(self, on_message: Callable[[str], None], usual: logging.Logger) -> None:
        super().__init__(logging.INFO)
        self.on_message, self.usual = on_message, usual

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a message on; what the function raises, such as Ctrl-C, ends the training."""
        if record.levelno == logging.INFO:
            self.on_message(record.getMessage())
        if self.usual.isEnabledFor(record.levelno):
            self.usual.handle(record)


class _UsualWay(logging.Handler):
    def __init__(self, level: int, usual: logging.Logger) -> None:
        super().__init__(level)
        self.usual = usual

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record to the handlers that it would have come to."""
        self.usual.handle(record)


class _LogFile(logging.FileHandler):
    def __init__(self, file: Path, encoding: str) -> None:
        super().__init__(file, encoding=encoding)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (its name in logging)
        """Lose a line rather than print a traceback for it, as on a full disk."""
