"""Bytes that nearly are what they were: the mutations of all kinds, and values by hypothesis."""

import random
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

NUMBERS = (b"0", b"-1", b"1", b"127", b"65536", b"4294967296", b"99999999999999999999", b"1e999")
ODD = (b"\x00", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\x1b[2J", b"\r", b"\n", b"\r\n", b" ")
MANY = (10, 100, 1000, 20_000)


def mutated(
    draw: random.Random,
    content: bytes,
    *,
    words: Sequence[bytes] = (),
    most: int = 8,
    max_bytes: int = 2 << 20,
) -> bytes:
    """Change a few places of a content.

    Args:
        draw: What decides where and how.
        content: A valid one, mostly.
        words: What means something in this format, to be put anywhere.
        most: Changes.
        max_bytes: Of the result; what is repeated would else grow beyond all use.
    """
    changed = bytearray(content)
    for _ in range(draw.randint(1, most)):
        start = draw.randint(0, len(changed))
        end = min(len(changed), start + draw.choice((1, 1, 2, 8, 64, 1000)))
        piece = bytes(changed[start:end])
        match draw.randrange(8):
            case 0:
                changed[start:end] = bytes(byte ^ (1 << draw.randrange(8)) for byte in piece)
            case 1:
                del changed[start:end]
            case 2:
                changed[start:start] = draw.choice((*ODD, *NUMBERS))
            case 3 if words:
                changed[start:start] = draw.choice(words)
            case 4:
                # Repeated so often that whatever is not linear shows.
                number = min(
                    draw.choice(MANY), max(0, max_bytes - len(changed)) // max(1, len(piece))
                )
                changed[start:start] = piece * number
            case 5:
                place = draw.randint(0, len(changed))
                changed[place:place] = piece
            case 6:
                changed[start:end] = draw.choice((*ODD, *NUMBERS, *words))
            case _:
                if draw.random() < 0.3:
                    del changed[start:]
    return bytes(changed[:max_bytes])


def drawn(draw: random.Random, strategy: st.SearchStrategy[Any], *, examples: int = 4) -> Any:
    """Draw a value of a strategy; the same one for the same state of *draw*."""
    values: list[Any] = []

    @seed(draw.randrange(2**32))
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def note(value: Any) -> None:
        values.append(value)

    note()
    # The first is always the simplest one.
    return values[-1]
