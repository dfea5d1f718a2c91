"""``prodcat train`` that is killed at its n-th write of a checkpoint, at a place that is named.

    python -m tests.training.killed_at_a_write PLACE N -- CORPUS --config … --out …

PLACE: ``half``, in the middle of writing; ``written``, before it is renamed; ``renamed``, after.
"""

import os
import signal
import sys
from pathlib import Path

import torch

from prodcat.cli.commands import main

PLACES = ("half", "written", "renamed")


def kill_at(place: str, number: int) -> None:
    writes = 0
    save, replace = torch.save, Path.replace

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def watched_save(content, stream, *args):
        nonlocal writes
        writes += 1
        if place == "half" and writes == number:
            stream.write(b"PK" + bytes(100_000))
            stream.flush()
            die()
        save(content, stream, *args)

    def watched_replace(self, target):
        ours = Path(target).suffix == ".ckpt" and writes == number
        if place == "written" and ours:
            die()
        moved = replace(self, target)
        if place == "renamed" and ours:
            die()
        return moved

    torch.save, Path.replace = watched_save, watched_replace


if __name__ == "__main__":
    kill_at(sys.argv[1], int(sys.argv[2]))
    sys.exit(main(["train", *sys.argv[sys.argv.index("--") + 1 :]]))
