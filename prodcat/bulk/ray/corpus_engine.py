"""The engine of ``prodcat embed --engine ray``: the vectors of a corpus, made on a cluster.

Actors read the products that they are told from the corpus, and their pictures beside it; the
vectors come back to this process in the order of the ids.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from prodcat.bulk.ray.actors import map_by_actors, read_files
from prodcat.bulk.ray.cluster import cluster, telling
from prodcat.bulk.ray.embedding import load_maker
from prodcat.corpus.store import Corpus
from prodcat.errors import InputError, require
from prodcat.vectors.corpus import AT_ONCE, EmbedEngine, Made, make_rows
from prodcat.vectors.product_vectors import ProductVectors, VectorMaker


def embed_on_ray(address: str | None = None, *, workers: int | None = None) -> EmbedEngine:
    """Return an engine for `prodcat.vectors.corpus.embed_corpus`.

    Args:
        address: Of a cluster that runs, such as ``10.0.0.1:6379``, whose nodes have the corpus
            and its pictures at the same place. None for the one that this process is connected
            to, or that ``RAY_ADDRESS`` names, or else one on this machine that is stopped at the
            end; what encoders make is kept there, as without Ray.
        workers: Actors; None for one on each core that the cluster has then.
    """
    return partial(_making, address or os.environ.get("RAY_ADDRESS"), workers)


@contextmanager
def _making(
    address: str | None, workers: int | None, corpus: Corpus, maker: VectorMaker, cache: Path
) -> Iterator[Iterator[Made]]:
    if maker.device != "cpu":
        raise InputError("On Ray, workers compute on the CPU; leave out --device (device).")
    if address is not None and maker.cache is not None:
        raise InputError(
            f"The cache in {maker.cache} is of one machine, and the cluster at {address} may"
            " have more; leave out --cache (cache)."
        )
    kept = (maker.cache or cache).absolute() if address is None else None
    firsts = [row.id for place, row in enumerate(corpus.rows()) if place % AT_ONCE == 0]
    with cluster(address) as ray, telling():
        data = require("ray.data", extra="ray")
        pieces = data.from_items(
            [{"first": first} for first in firsts], override_num_blocks=len(firsts)
        )
        # The command has a bar of its own.
        pieces.context.enable_progress_bars = False
        made = map_by_actors(
            pieces,
            CorpusActor,
            {
                "files": ray.put(read_files(maker.model)),
                "kinds": maker.kinds,
                "cache": kept,
                "corpus": corpus.path.absolute(),
            },
            workers=workers,
            batch_size=1,
        )
        blocks = made.iter_batches(batch_size=None, batch_format="pyarrow")
        # Closed, or the cluster would go on with a run that was given up.
        with closing(from_table(block, maker) for block in blocks if block.num_rows) as ready:
            del blocks
            yield ready


class CorpusActor:
    """An actor's work: holds the model, and makes the vectors of some products after the others.

    Args:
        files: Ray's reference to the model's files, by their names.
        kinds: Which vectors.
        cache: Folder in which embeddings are kept; None for none.
        corpus: The corpus' file.
    """

    def __init__(
        self, files: Any, kinds: tuple[str, ...], cache: Path | None, corpus: Path
    ) -> None:
        self.corpus = corpus
        self.maker = load_maker(require("ray", extra="ray").get(files), kinds, cache)

    def __call__(self, batch: Any) -> Any:
        """Return the vectors of the products from the id on that a batch of one names."""
        with Corpus.open(self.corpus, read_only=True) as opened:
            rows = islice(opened.rows(first=batch["first"][0].as_py()), AT_ONCE)
            return to_table(make_rows(rows, self.maker, opened.images))


def to_table(made: Made) -> Any:
    """Return vectors as an Arrow table, of bytes: whatever the widths, it is the same columns."""
    arrow = require("pyarrow", extra="bulk")
    ids, vectors = made
    columns = {"id": ids, "errors": [[str(one) for one in errors] for errors in vectors.errors]}
    types = {"id": arrow.string(), "errors": arrow.list_(arrow.string())}
    for kind, rows in vectors.by_kind.items():
        columns |= {kind: [row.tobytes() for row in rows]}
        columns |= {f"has_{kind}": vectors.present[kind].tolist()}
        types |= {kind: arrow.binary(), f"has_{kind}": arrow.bool_()}
    return arrow.table(columns, schema=arrow.schema([*types.items()]))


def from_table(table: Any, maker: VectorMaker) -> Made:
    """Return what `to_table` was given."""
    by_kind = {
        kind: np.frombuffer(b"".join(table[kind].to_pylist()), np.float32).reshape(-1, width)
        for kind, width in maker.widths.items()
    }
    present = {kind: np.array(table[f"has_{kind}"].to_pylist(), np.bool_) for kind in maker.kinds}
    errors = tuple(tuple(InputError(one) for one in row) for row in table["errors"].to_pylist())
    return table["id"].to_pylist(), ProductVectors(by_kind, present, errors)
