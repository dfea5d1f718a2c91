"""Opening a file of a model directory."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from prodcat.errors import ModelError, ModelNotFoundError
from prodcat.inputs.plain_files import NotPlainError, open_plain
from prodcat.modeldir.format import ADVICE


@contextmanager
def open_model_file(file: Path) -> Generator[BinaryIO]:
    """Open a file of a model, which is a plain one.

    Raises:
        ModelNotFoundError: If it is not there.
        ModelError: If it is a pipe, a link, or the like, or cannot be read.
    """
    try:
        with open_plain(file, follow_links=False) as stream:
            yield stream
    except FileNotFoundError as error:
        raise ModelNotFoundError(
            f"No model in {file.parent}: {file.name} is missing." + ADVICE
        ) from error
    except NotPlainError as error:
        raise ModelError(
            f"{file} cannot be read: {error.strerror}. Copy the model with its files themselves,"
            " such as by cp -rL."
        ) from error
    except OSError as error:
        raise ModelError(f"{file} cannot be read: {error.strerror}.") from error
