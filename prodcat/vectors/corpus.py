"""The vectors of a whole corpus: every product once, on disk, in the order of the ids.

What is computed goes into a cache by content and encoder at once, so a run that is killed goes on
where it was, and one after a change computes what changed. The arrays are written when all of it
is there, and `prodcat.vectors.stored` reads them.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from prodcat.corpus.product_row import ProductRow
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError, InputError
from prodcat.files import lock_file, whole, write_json
from prodcat.inference.threads import in_batches
from prodcat.inputs.image_store import ImageStore
from prodcat.product import PathLike, Product
from prodcat.vectors.product_vectors import ProductVectors, VectorMaker
from prodcat.vectors.stored import (
    FORMAT,
    LOCK,
    VECTORS_JSON,
    CorpusVectors,
    array_file,
    ids_file,
    open_vectors,
    present_file,
    remove_others,
)

CACHE = "cache"
"""Folder beside the arrays, of what is computed already."""
AT_ONCE = 256
EXAMPLES = 5
OnProgress = Callable[[int, int | None], None]
Made = tuple[list[str], ProductVectors]
"""Ids of products, and their vectors."""
EmbedEngine = Callable[[Corpus, VectorMaker, Path], AbstractContextManager[Iterator[Made]]]
"""What makes the vectors of all products of a corpus, ordered by id, with a folder for what is to
be kept of a run that is interrupted: `on_this_machine`, or that of ``prodcat.bulk.ray``."""


def default_folder(corpus: PathLike) -> Path:
    """Return where the vectors of a corpus lie if nothing else is said: beside it.

    >>> default_folder("shop/shop.db").as_posix()
    'shop/shop.vectors'
    """
    return Path(corpus).with_suffix(".vectors")


def embed_corpus(
    corpus: PathLike,
    maker: VectorMaker,
    *,
    folder: PathLike | None = None,
    engine: EmbedEngine | None = None,
    on_progress: OnProgress | None = None,
) -> CorpusVectors:
    """Make the vectors of all products of a corpus, or those that are not there yet.

    A product whose picture is broken or gone has the vectors of what is left of it, and is told
    in the result's ``problems``.

    Args:
        corpus: The corpus' file.
        maker: Makes the vectors. If it has no cache of its own, there is one in *folder*.
        folder: Where to keep them; None for `default_folder`.
        engine: Where the work is done; None for `on_this_machine`.
        on_progress: Is told after each batch how many products are done, of how many.

    Returns:
        What lies in *folder* then. If that is what is asked for already, nothing is computed.

    Raises:
        CorpusError: If the corpus cannot be read, has no products, or changes meanwhile.
        InputError: If *folder* cannot be written, or another process is at it.
    """
    file = Path(corpus)
    folder = default_folder(file) if folder is None else Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = lock_file(folder / LOCK)
    except OSError as error:
        raise InputError(f"Vectors cannot be kept in {folder}: {error.strerror}.") from error
    if lock is None:
        raise InputError(f"Another process embeds into {folder}; wait for it, or name another one.")
    with lock, Corpus.open(file, read_only=True) as opened:
        count, digest = _state_of(opened, maker)
        if not count:
            raise CorpusError(f"{file} has no products to embed. Import some first.")
        if stored := _same(folder, digest):
            return stored.of_corpus(file)
        making = (engine or on_this_machine)(opened, maker, folder / CACHE)
        try:
            _write(opened, maker, making, folder, digest, count, on_progress)
        except OSError as error:
            raise InputError(f"Vectors cannot be kept in {folder}: {error.strerror}.") from error
    return open_vectors(folder).of_corpus(file)


def on_this_machine(
    corpus: Corpus, maker: VectorMaker, cache: Path
) -> AbstractContextManager[Iterator[Made]]:
    """Make the vectors of a corpus here, by the threads of the maker."""
    caching = maker if maker.cache is not None else maker.with_cache(cache)

    def work(rows: Iterable[ProductRow]) -> Made:
        return make_rows(rows, caching, corpus.images)

    return nullcontext(caching.workers.in_shares(work, in_batches(corpus.rows(), AT_ONCE)))


def make_rows(rows: Iterable[ProductRow], maker: VectorMaker, pictures: ImageStore) -> Made:
    """Make the vectors of some products of a corpus."""
    rows = list(rows)
    return [row.id for row in rows], maker.make([_product(row, pictures) for row in rows])


def _product(row: ProductRow, pictures: ImageStore) -> Product:
    """Return what a row of a corpus holds, as vectors are made of it."""
    image: Path | None = None
    if row.image_sha256 is not None:
        # What leads elsewhere is as a picture that is not there.
        image = pictures.contained(row.image_sha256) or pictures.root / "no picture of the corpus"
    return Product(row.name, row.description, image, row.id)


def _state_of(corpus: Corpus, maker: VectorMaker) -> tuple[int, str]:
    """Return how many products there are, and a hash of all that their vectors depend on."""
    state = sha256(f"{FORMAT} {maker.fingerprint}".encode())
    count = 0
    for row in corpus.rows():
        parts = (row.id, row.name, row.description, row.image_sha256)
        state.update(repr(parts).encode(errors="surrogatepass"))
        count += 1
    return count, state.hexdigest()


def _same(folder: Path, digest: str) -> CorpusVectors | None:
    try:
        stored = open_vectors(folder)
    except InputError:  # none, or broken ones: they are made anew
        return None
    return stored if stored.digest == digest else None


def _write(
    corpus: Corpus,
    maker: VectorMaker,
    making: AbstractContextManager[Iterator[Made]],
    folder: Path,
    digest: str,
    count: int,
    on_progress: OnProgress | None,
) -> None:
    ids: list[str] = []
    unread: list[tuple[str, str]] = []
    with ExitStack() as files:
        arrays: dict[str, Any] = {}
        for kind, width in maker.widths.items():
            temporary = files.enter_context(whole(array_file(folder, digest, kind)))
            arrays[kind] = np.lib.format.open_memmap(
                temporary, mode="w+", dtype=np.float16, shape=(count, width)
            )
        present = np.zeros((count, len(arrays)), dtype=np.bool_)
        for made_ids, made in files.enter_context(making):
            start, stop = len(ids), len(ids) + len(made_ids)
            if stop > count:
                break
            for column, kind in enumerate(maker.kinds):
                arrays[kind][start:stop] = made.by_kind[kind]
                present[start:stop, column] = made.present[kind]
            ids += made_ids
            unread += [
                (product_id, str(error))
                for product_id, errors in zip(made_ids, made.errors, strict=True)
                for error in errors[:1]
            ]
            if on_progress is not None:
                on_progress(stop, count)
        if len(ids) != count or _state_of(corpus, maker) != (count, digest):
            raise CorpusError(f"{corpus.path} was changed meanwhile. Run the same again.")
        for array in arrays.values():
            array.flush()
        with whole(present_file(folder, digest)) as temporary, temporary.open("wb") as stream:
            np.save(stream, present, allow_pickle=False)
        write_json(ids_file(folder, digest), ids)
    # Last, and at once: until it is there, the ones before are the vectors.
    write_json(
        folder / VECTORS_JSON,
        {
            "format": FORMAT,
            "digest": digest,
            "maker": maker.fingerprint,
            "model": maker.model.name,
            "kinds": dict(maker.widths),
            "products": count,
            "unread": len(unread),
            "problems": unread[:EXAMPLES],
        },
    )
    remove_others(folder, digest)
