"""The cores of the machine: how many there are, and how a batch is shared among them."""

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
QUOTAS = (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"))
"""Files below `CGROUP` that hold a container's processor time and per which time it has it, in
microseconds: of Linux's control groups, version 2 and version 1."""


def count_cores() -> int:
    """Return the number of cores that this process may use, by its container's quota too."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return math.ceil(min(cores, _quota()))


def _quota() -> float:
    """Return how many cores a container may keep busy; infinite where nothing says so."""
    for files in QUOTAS:
        try:
            words = " ".join((CGROUP / file).read_text() for file in files).split()
            time_us, per_us = map(float, words)
        except (OSError, ValueError):  # no such file, or "max"
            continue
        if time_us > 0 and per_us > 0:
            return time_us / per_us
    return math.inf
