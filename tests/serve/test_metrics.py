"""What several processes of a service count, on a disk that fills up."""

import errno
import os
import subprocess
import sys

import pytest

from prodcat.errors import ConfigError
from prodcat.serve.metrics import FILE_BYTES, FILES, FOLDER_VARIABLE, reserve

COUNTING = f"""
import os, sys
from pathlib import Path
from prodcat.serve.metrics import Metrics

metrics = Metrics()
ballast = (Path(os.environ["{FOLDER_VARIABLE}"]) / "ballast").open("wb", buffering=0)
try:
    while True:
        ballast.write(bytes(4096))
except OSError:
    print("full", flush=True)
for number in range(50):
    metrics.requests.labels("/v1/predict", "POST", str(number)).inc()
    metrics.seconds.labels(f"/v1/{{number}}").observe(0.1)
    metrics.in_hand.inc()
print(metrics.text().decode().count("prodcat_requests_total{{"))
"""


def test_room_is_taken_before_it_is_needed(tmp_path):
    reserve(tmp_path / "counter_1.db")
    status = (tmp_path / "counter_1.db").stat()
    assert status.st_size == FILE_BYTES
    assert 512 * status.st_blocks >= FILE_BYTES


def test_a_full_disk_is_told_in_a_line(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(ConfigError, match=r"cannot be kept in .*: No space left on device\. Make"):
        reserve(tmp_path / "counter_1.db")


@pytest.mark.slow
def test_a_disk_that_fills_up_later_ends_no_process(tmp_path, request):
    mount = ["mount", "-t", "tmpfs", "-o", f"size={len(FILES) + 1}m", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("may not mount a small disk")
    request.addfinalizer(lambda: subprocess.run(["umount", "-l", tmp_path], check=True))

    done = subprocess.run(
        [sys.executable, "-c", COUNTING],
        capture_output=True,
        text=True,
        env={**os.environ, FOLDER_VARIABLE: str(tmp_path)},
    )

    # Without the room it was killed by SIGBUS.
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["full", "50"]
