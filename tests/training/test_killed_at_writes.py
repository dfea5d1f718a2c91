"""Training that is killed while it writes checkpoints, or whose disk is full, goes on."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.kills import KILLS
from tests.training.killed_at_a_write import PLACES
from tests.training.runs import toy_settings

pytestmark = pytest.mark.slow
OTHER_DISK = Path("/dev/shm")


@pytest.fixture
def config(tmp_path, toy_encoder):
    file = tmp_path / "toy.yaml"
    settings = toy_settings(toy_encoder, max_epochs=2, patience=2, checkpoint_minutes=0.0005)
    file.write_text(yaml.safe_dump(settings))
    return file


def run(*command, **environment):
    return subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
    )


def test_each_kill_at_a_write_is_gone_on_from(tmp_path, toy_corpus, config, request):
    if not OTHER_DISK.is_dir():
        pytest.skip("needs a second filesystem, /dev/shm")
    scratch = OTHER_DISK / f"prodcat-test-{os.getpid()}"
    scratch.mkdir()
    request.addfinalizer(lambda: [*map(Path.unlink, scratch.iterdir()), scratch.rmdir()])
    out = tmp_path / "run"
    wanted = [toy_corpus, "--config", config, "--out", out]
    for place in PLACES if KILLS > 6 else PLACES[:2]:
        done = run(
            *("tests.training.killed_at_a_write", place, 2, "--", *wanted), TMPDIR=str(scratch)
        )
        assert done.returncode == -signal.SIGKILL, done.stderr

    done = run("prodcat", "train", *wanted, TMPDIR=str(scratch))

    assert done.returncode == 0, done.stderr
    assert "Going on from the last checkpoint." in done.stderr
    assert "damaged" not in done.stderr
    names = sorted(path.name for path in (out / "checkpoints").glob("*.ckpt*"))
    assert names == ["best.ckpt", "last.ckpt"]
    assert not [path for path in scratch.iterdir() if path.stat().st_size > 10_000]


def test_a_full_disk_is_told_in_a_line_and_gone_on_from(tmp_path, toy_corpus, config, request):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("may not mount a small disk")
    request.addfinalizer(lambda: subprocess.run(["umount", "-l", disk], check=True))
    out = disk / "run"
    wanted = ["train", toy_corpus, "--config", config, "--out", out]
    ballast = disk / "ballast"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    stops = 0
    # Room for one checkpoint and a half, and for the settings alone.
    for room in (1_500_000, 20_000) if KILLS > 6 else (1_500_000,):
        ballast.unlink(missing_ok=True)
        taken = sum(file.stat().st_size for file in disk.rglob("*") if file.is_file())
        ballast.write_bytes(bytes(max(0, free - taken - room)))
        done = run("prodcat", *wanted)
        if done.returncode == 0:
            break
        stops += 1
        last = done.stderr.strip().splitlines()[-1]
        assert re.match("Error: .*", last), done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        assert not list(out.glob("checkpoints/*.tmp"))
    assert stops

    ballast.unlink(missing_ok=True)
    done = run("prodcat", *wanted)

    assert done.returncode == 0, done.stderr
    assert (out / "metrics.json").is_file()
