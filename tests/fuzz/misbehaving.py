"""A kind whose inputs do what none may do, to see that each is found."""

import os
import random
import signal
import time
from pathlib import Path

from prodcat.errors import InputError


def make(draw: random.Random, folder: Path) -> None:
    """Write the seed, which is the name of the folder."""
    (folder / "file").write_text(folder.name)


def run(folder: Path) -> None:
    """Do what the seed stands for."""
    match int((folder / "file").read_text()):
        case 1:
            raise InputError("refused")
        case 2:
            raise KeyError("a bug")
        case 3:
            time.sleep(60)
        case 4:
            held = []
            while True:
                held.append(bytearray(b"x" * (8 << 20)))
        case 5:
            os.kill(os.getpid(), signal.SIGSEGV)
