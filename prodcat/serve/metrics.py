"""What the service counts, for Prometheus."""

import os
from pathlib import Path
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from prodcat.errors import ConfigError

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where several processes keep their numbers, by prometheus-client's own name."""
FILES = ("counter", "histogram", "gauge_livesum")
"""What prometheus-client calls the files of a process, before its number."""
FILE_BYTES = 1 << 20
"""Of each, as prometheus-client begins it; our numbers take a few kilobytes."""
SECONDS = (0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
SIZES = (1, 2, 4, 8, 16, 32)


class Metrics:
    """The numbers of one service, over all its processes."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._several = bool(os.environ.get(FOLDER_VARIABLE))
        if self._several:
            for name in FILES:
                reserve(Path(os.environ[FOLDER_VARIABLE]) / f"{name}_{os.getpid()}.db")
        else:
            ProcessCollector(registry=self._registry)
        registry: dict[str, Any] = {"registry": self._registry}
        together: dict[str, Any] = {**registry, "multiprocess_mode": "livesum"}
        self.requests = Counter(
            "prodcat_requests", "Requests.", ["route", "method", "status"], **registry
        )
        self.seconds = Histogram(
            "prodcat_request_seconds",
            "From the head of a request to the end of its response.",
            ["route"],
            buckets=SECONDS,
            **registry,
        )
        self.products = Counter(
            "prodcat_products", "Products, by what came of them.", ["outcome"], **registry
        )
        self.batches = Histogram(
            "prodcat_batch_products", "Products of a batch.", buckets=SIZES, **registry
        )
        self.batch_seconds = Histogram(
            "prodcat_batch_seconds", "Time of a batch.", buckets=SECONDS, **registry
        )
        self.refused = Counter(
            "prodcat_refused", "Requests that were refused, by why.", ["kind"], **registry
        )
        self.in_hand = Gauge(
            "prodcat_products_in_hand", "Products that wait or are being answered.", **together
        )
        self.open_requests = Gauge(
            "prodcat_open_requests", "Requests that have no whole response yet.", **together
        )
        self.model_changes = Counter(
            "prodcat_model_changes", "Changes of the model, by how they ended.", ["end"], **registry
        )
        self.jobs = Counter("prodcat_jobs", "Jobs, by how they ended.", ["end"], **registry)

    def text(self) -> bytes:
        """Return all numbers, in Prometheus' own format."""
        if not self._several:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def reserve(file: Path, size: int = FILE_BYTES) -> None:
    """Take the room that a file of numbers will need.

    They are written through memory: on a disk that is full by then, the system would end the
    process in the midst of a request.

    Raises:
        ConfigError: If there is not so much.
    """
    if not hasattr(os, "posix_fallocate"):  # such as on macOS
        return
    try:
        with file.open("ab") as stream:
            os.posix_fallocate(stream.fileno(), 0, size)
    except OSError as error:
        raise ConfigError(
            f"What the service counts cannot be kept in {file.parent}: {error.strerror or error}."
            " Make room there, or name another folder with TMPDIR."
        ) from error


def forget_process(pid: int) -> None:
    """Take the gauges of a process that ended out of the sums."""
    if os.environ.get(FOLDER_VARIABLE):
        mark_process_dead(pid)  # type: ignore[no-untyped-call]
