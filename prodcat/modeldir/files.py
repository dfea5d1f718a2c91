"""Reading the files of a model directory, and comparing them with what is known of them."""

import hashlib
import io
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from prodcat.errors import ModelError, ModelNotFoundError
from prodcat.inputs.plain_files import NotPlainError, open_plain
from prodcat.inputs.strict_json import MAX_JSON_BYTES
from prodcat.modeldir.format import ADVICE, BUNDLED, CARD, MODEL_JSON, RUN_CONFIG

BLOCK_BYTES = 1 << 20
MAX_CARD_BYTES = 1 << 20


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


def read_model_json(folder: Path) -> bytes:
    """Return what is in ``model.json``, up to one byte more than is read of JSON.

    Raises:
        ModelNotFoundError: If it is not there.
        ModelError: If it is no plain file.
    """
    file = folder / MODEL_JSON
    if not folder.is_dir():
        reason = "it is a file" if folder.exists() else "there is no such folder"
        raise ModelNotFoundError(f"No model in {folder}: {reason}." + ADVICE)
    # A link that leads nowhere is something, and told as what it is.
    if not os.path.lexists(file):
        unfinished = " It is a run that has not come to its end; the same `prodcat train` goes on."
        advice = unfinished if (folder / RUN_CONFIG).is_file() else ADVICE
        raise ModelNotFoundError(f"No model in {folder}: {MODEL_JSON} is missing." + advice)
    with open_model_file(file) as stream:
        return stream.read(MAX_JSON_BYTES + 1)


def read_card(folder: Path) -> str | None:
    """Return the text of a model's card; see `ModelDir.card`."""
    file = folder / CARD
    if not os.path.lexists(file):
        return None
    with open_model_file(file) as stream:
        status = os.fstat(stream.fileno())
        # Installers such as uv link the files of a package to those that they keep.
        if status.st_nlink > 1 and folder != BUNDLED:
            raise ModelError(f"{file} has a second name (it is a hard link); copy the file.")
        content = stream.read(MAX_CARD_BYTES + 1)
    if len(content) > MAX_CARD_BYTES:
        raise ModelError(f"{file} has more than the {MAX_CARD_BYTES:,} bytes of a card.")
    return content.decode(errors="replace")


def read_verified(file: Path, expected: Mapping[str, Any], *, keep: bool) -> bytes:
    """Compare a file with what ``model.json`` says, and return it if it is to be kept.

    Args:
        file: A plain file.
        expected: Its ``sha256`` and ``bytes``.
        keep: Whether to return what is in it; else nothing is.

    Raises:
        ModelNotFoundError: If it is not there.
        ModelError: If it is not what it was when the model was written, or no plain file.
    """
    digest = hashlib.sha256()
    with open_model_file(file) as stream:
        # Size before hash: a file that is cut short is told at once, and for what it is.
        size = os.fstat(stream.fileno()).st_size
        if size != expected["bytes"]:
            raise ModelError(
                f"{file} has {size:,} bytes, but {MODEL_JSON} says"
                f" {expected['bytes']:,}: it was altered or only partly copied."
                " Copy the model directory again."
            )
        # Weights that are only looked at may be larger than the memory.
        kept, left = io.BytesIO(), size
        while left > 0 and (block := stream.read(min(left, BLOCK_BYTES))):
            left -= len(block)
            digest.update(block)
            if keep:
                kept.write(block)
    if digest.hexdigest() != expected["sha256"]:
        raise ModelError(
            f"{file} was altered: its sha256 is {digest.hexdigest()[:12]}…, but {MODEL_JSON}"
            f" says {expected['sha256'][:12]}…. Copy the model directory again."
        )
    return kept.getvalue()
