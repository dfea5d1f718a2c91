"""Being connected to a Ray cluster: one that runs already, or one on this machine for a while."""

import logging
import os
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from prodcat.errors import InputError, ProdcatError, one_line, require
from prodcat.inference.cores import count_cores

# Ray Data calls its own way of starting actors an error, once in every run.
SETTINGS = {"RAY_BACKEND_LOG_LEVEL": "fatal"}
LOCAL_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Its name says less than it does: on every system, 0 makes a cluster listen to loopback alone.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    # Ray's workers would stand behind whatever else this machine does, and this process does not.
    "RAY_worker_niceness": "0",
}
STARTS = 3
"""How often starting is tried: Ray allows its own processes so few seconds that a busy machine
may need longer, see https://github.com/ray-project/ray/issues/65983"""
REACH_S = 10.0
"""How long a cluster may take to be reached; Ray itself would try for minutes."""
LOG_LEVELS = {
    "ray": logging.ERROR,
    "ray.data": logging.WARNING,
    # What is logged here is raised as well.
    "ray.data.exceptions": logging.CRITICAL,
    "ray.data._internal.execution.streaming_executor_state": logging.CRITICAL,
    "ray.data._internal.progress": logging.ERROR,
}


@contextmanager
def cluster(address: str | None = None) -> Iterator[Any]:
    """Give Ray, connected to a cluster; what was connected before is used, and stays so.

    Args:
        address: Of a cluster that runs; None for one on this machine, for as long as this lasts.

    Raises:
        InputError: If there is none at the address, or none can be started.
    """
    if address is not None and address.startswith("ray://"):
        raise InputError(
            f"{address} is of Ray's client, which streams no tables; give the address of the head"
            " node, such as 10.0.0.1:6379, on a machine of the cluster."
        )
    # Some of it is read when Ray is loaded, some when it starts.
    with _environment(SETTINGS if address else SETTINGS | LOCAL_SETTINGS):
        require("ray.data", extra="ray")
        ray = require("ray", extra="ray")
        with _levels(LOG_LEVELS), warnings.catch_warnings():
            # Such as that a short table keeps fewer actors busy than there are.
            warnings.filterwarnings("ignore", module=r"ray\.")
            if ray.is_initialized():
                yield ray
                return
            with _sigterm_kept():
                _join_or_start(ray, address)
                try:
                    yield ray
                finally:
                    ray.shutdown()


@contextmanager
def _sigterm_kept() -> Iterator[None]:
    """Take back the answer to SIGTERM that Ray puts in place of the program's, and leaves there."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set one, and Ray does not either
        return
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if handler is not None:
            signal.signal(signal.SIGTERM, handler)


@contextmanager
def telling() -> Iterator[None]:
    """Tell an error of a worker as it would have been told here."""
    try:
        yield
    except Exception as error:
        ray_error = require("ray", extra="ray").exceptions.RayError
        chain = list(_chain(error))
        for cause in chain:
            if isinstance(cause, ProdcatError) and not isinstance(cause, ray_error):
                # Ray adds lines of its own, about how often it tried.
                raise type(cause)(str(cause).partition("\n")[0]) from error
        for cause in chain:
            if isinstance(cause, ModuleNotFoundError):
                raise InputError(
                    f"A worker of the Ray cluster cannot load {cause.name}; install the same"
                    " prodcat on every node, with its extra ray."
                ) from error
        if isinstance(error, ray_error):
            raise InputError(
                f"The Ray cluster stopped: {one_line(error)} Nothing that was written is lost."
                " Run the same again."
            ) from error
        raise


def _join_or_start(ray: Any, address: str | None) -> None:
    if address is not None:
        problem = f"No Ray cluster can be used at {address}"
        _reach(address, problem)
        _init(ray, problem, address=address)
        return
    for tries in reversed(range(STARTS)):
        try:
            _init(
                ray,
                "Ray cannot be started on this machine",
                address="local",
                # As everywhere: the cores that this process may use, not all that there are.
                num_cpus=count_cores(),
                include_dashboard=False,
            )
            return
        except InputError:
            if not tries:
                raise


def _reach(address: str, problem: str) -> None:
    """Refuse an address where nothing listens; Ray knows others too, such as ``auto``."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=REACH_S).close()
    except (OSError, OverflowError) as error:
        raise InputError(f"{problem}: {one_line(error)}.") from error


def _init(ray: Any, problem: str, **how: Any) -> None:
    try:
        with _no_stderr():
            ray.init(log_to_driver=False, logging_level=logging.ERROR, **how)
    except Exception as error:  # some of Ray's are of no class of their own
        raise InputError(f"{problem}: {one_line(error)}") from error


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came from; one of another process is in Ray's ``cause``."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    # Errors of two libraries may name each other as their cause.
    while cause is not None and cause not in causes:
        causes.append(cause)
        yield cause
        cause = getattr(cause, "cause", None) or cause.__cause__


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _no_stderr() -> Iterator[None]:
    """Hide what Ray's library says on starting: that it was told how much to say."""
    sys.stderr.flush()
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


@contextmanager
def _levels(levels: Mapping[str, int]) -> Iterator[None]:
    loggers = {logging.getLogger(name): level for name, level in levels.items()}
    before = {logger: logger.level for logger in loggers}
    for logger, level in loggers.items():
        logger.setLevel(level)
    try:
        yield
    finally:
        for logger, level in before.items():
            logger.setLevel(level)
