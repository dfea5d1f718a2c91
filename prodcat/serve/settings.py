"""What the service is told when it starts: what it serves, where, and how much it bears."""

import ipaddress
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from prodcat.errors import ConfigError

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What is refused before anything of it is decoded."""

    body_bytes: int = 32 * MEGABYTE
    """Body of a request; of tables see `table_bytes`."""
    bodies_bytes: int = 512 * MEGABYTE
    """All bodies together that are in memory at once, tables not among them."""
    products: int = 256
    """Products of one request."""
    picture_bytes: int = 12 * MEGABYTE
    """One encoded picture."""
    picture_pixels: int = 25_000_000
    """Width times height of a picture; four times as many of a JPEG, which is decoded small."""
    waiting: int = 48
    """Products that wait or are being answered; beyond it, 429 and Retry-After."""
    explaining: int = 8
    """Explanations, and searches for similar products, that wait."""
    connections: int = 512
    """Open connections."""
    answer_s: float = 30.0
    """Time for an answer, from the last byte of the request."""
    header_s: float = 10.0
    """Time that a client has for the head of a request."""
    stall_s: float = 15.0
    """Time in which a client must send or take something."""
    least_bytes_s: int = 2048
    """Bytes a second that a body must come with, on average, after `stall_s`."""
    table_bytes: int = 256 * MEGABYTE
    """A table of a job."""
    jobs: int = 32
    """Jobs that are kept."""
    jobs_bytes: int = 2048 * MEGABYTE
    """What all of them take on the disk."""
    job_age_s: float = 24 * 3600.0
    """Age at which a job that is not running is removed."""
    job_memory_bytes: int = 4096 * MEGABYTE
    """Address space of the process that answers a table."""
    drain_s: float = 30.0
    """Time that requests have to come to their end after SIGTERM."""
    linger_s: float = 1.0
    """Time in which connections are still taken after SIGTERM, for a balancer to notice."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0 and name != "linger_s":
                raise ConfigError(f"limits.{name} is {value}; it must be above 0.")


@dataclass(frozen=True)
class ServeSettings:
    """What is served, and where."""

    model: Path | None = None
    """A model directory, or a run; None for the model that comes with prodcat."""
    corpus: Path | None = None
    """Corpus whose queue people go through at ``/review``, and whose index, if there is one beside
    it, is searched for similar products."""
    index: Path | None = None
    """The index itself, where it lies elsewhere."""
    key_file: Path | None = None
    """File with a key in each line."""
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    """Processes, each with the model for itself."""
    names: tuple[str, ...] = ()
    """Host names by which it may be called, beside its address; with keys any will do."""
    jobs_folder: Path | None = None
    """Where jobs are kept; None for a folder of its own that goes when it ends."""
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ConfigError(f"workers is {self.workers}; give at least 1.")
        if not 0 <= self.port <= 65535:
            raise ConfigError(f"port is {self.port}; it is a number from 0 to 65535.")
        if self.key_file is None and not self.is_loopback:
            raise ConfigError(
                f"host is {self.host}, which other machines can reach, and there are no keys."
                " Give a --key-file with a key in each line, or leave --host out."
            )

    @property
    def is_loopback(self) -> bool:
        """Whether this machine alone can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def index_folder(self) -> Path | None:
        """The index of similar products; None for none."""
        if self.index is not None or self.corpus is None:
            return self.index
        from prodcat.search.from_corpus import default_index

        folder = default_index(self.corpus)
        return folder if folder.is_dir() else None


def own_jobs_folder() -> Path:
    """Make a folder for jobs that nobody named one for."""
    return Path(tempfile.mkdtemp(prefix="prodcat-jobs-"))
