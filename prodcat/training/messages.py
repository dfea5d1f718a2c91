"""How far a training is, told to whoever started it."""

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager


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
    logger = logging.getLogger("prodcat")
    level, propagates = logger.level, logger.propagate
    handler = _MessageHandler(on_message, usual=logger.parent or logging.getLogger())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    # A root logger that shows warnings alone would show all that reaches its handlers.
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagates


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
