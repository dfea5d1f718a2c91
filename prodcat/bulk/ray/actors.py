"""Actors that each hold a model: how many, what they reserve, and how the model gets to them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prodcat.errors import require
from prodcat.modeldir.format import MODEL_JSON
from prodcat.modeldir.reading import ModelDir

WORKER_CPUS = 0.5
"""Share of a core that an actor reserves at most. If actors reserved all cores, none would be left
to read with, and both would wait for ever: https://github.com/ray-project/ray/issues/44687"""


def map_by_actors(
    dataset: Any,
    actor: type,
    arguments: Mapping[str, Any],
    *,
    workers: int | None,
    batch_size: int,
) -> Any:
    """Return the Dataset of what actors make of the batches of another, in its order.

    Args:
        dataset: Any Dataset.
        actor: Is called with one Arrow table after the other.
        arguments: What each actor is made with.
        workers: Actors; None for one on each core that the cluster has now.
        batch_size: Rows that an actor takes at once.
    """
    ray, data = require("ray", extra="ray"), require("ray.data", extra="ray")
    cores = node_cores(ray)
    size = workers or max(1, int(sum(cores)))
    # Ray Data starts a lost actor again, and does again what it was at, as often as it takes.
    made = dataset.map_batches(
        actor,
        batch_size=batch_size,
        batch_format="pyarrow",
        compute=data.ActorPoolStrategy(size=size),
        num_cpus=worker_cpus(cores, size),
        fn_constructor_kwargs=dict(arguments),
    )
    # Rows out have the order of rows in, which Ray does not keep unless it is told to.
    made.context.execution_options.preserve_order = True
    return made


def read_files(model: ModelDir) -> dict[str, bytes]:
    """Return the files of a model that answering needs, by their names."""
    return {MODEL_JSON: model.model_json, **dict(model.files_needed())}


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write what `read_files` returned into a folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)


def node_cores(ray: Any) -> list[float]:
    """Return the cores of each node of the cluster."""
    return [node["Resources"].get("CPU", 0.0) for node in ray.nodes() if node["Alive"]]


def worker_cpus(cores: Sequence[float], workers: int) -> float:
    """Return what each actor reserves, so that some node keeps a whole core to read with.

    Together they reserve at most half of all; where nodes have one core each, nothing.

    Args:
        cores: Of each node.
        workers: How many actors there are.

    >>> worker_cpus([2], 2), worker_cpus([8, 8], 64), worker_cpus([1, 1], 2)
    (0.5, 0.125, 0)
    """
    if sum(cores) < 2 * len(cores):
        return 0
    # Ray counts in ten thousandths; rounded up, the last actor would find no room.
    return min(WORKER_CPUS, int(sum(cores) / 2 / workers * 10_000) / 10_000)
