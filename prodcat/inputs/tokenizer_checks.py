"""What a ``tokenizer.json`` may not hold, told before the tokenizers library loads it.

A tokenizer is a list of steps that its file names, run on every text. A file of a stranger's can
name steps that blow a text up, or patterns that take for ever to find nowhere.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prodcat.errors import ModelError
from prodcat.inputs.strict_json import parse_json_object

PIPELINE = ("normalizer", "pre_tokenizer", "post_processor", "decoder")
"""The parts of a file that are made of steps."""
MAX_STEPS = 64
"""Of all parts together; those of people's encoders have up to a dozen."""
MAX_GROWTH = 64
"""Times as long as it came may a text get by what steps put in its place."""
MAX_STEP_CHARS = 2000
"""Of a pattern, and of what a step puts into a text."""
MAX_WORD_CHARS = 1000
"""WordPiece tries all beginnings of a word; longer words are unknown ones."""
UNBOUNDED = re.compile(r"[*+]|\{\d*,\}|\{\d{2,}(,\d*)?\}|\{\d*,\d{2,}\}")
"""A pattern's sign that something stands there any number of times, or dozens."""
BEGINS_GROUP = re.compile(r"\(\??")
"""A mark of the kind of a group is none that something may be missing."""


def check_tokenizer(content: bytes, file: Path) -> None:
    """Refuse a tokenizer whose steps could keep a text waiting, or blow it up.

    Args:
        content: Its file.
        file: What to call it in a message.

    Raises:
        ModelError: If one could, or it is no JSON object.
    """
    data = parse_json_object(content, file, check_numbers=False)
    steps = [step for part in PIPELINE for step in _steps(data.get(part))]
    count = sum("type" in step for step in steps)
    if count > MAX_STEPS:
        raise ModelError(f"{file} has {count:,} steps; at most {MAX_STEPS} are allowed.")
    growth = 1
    for step in steps:
        put_in = step.get("content", step.get("prepend", ""))
        growth *= max(1, len(put_in)) if isinstance(put_in, str) else 1
        pattern = _pattern(step)
        if max(len(pattern), len(put_in) if isinstance(put_in, str) else 0) > MAX_STEP_CHARS:
            raise ModelError(f"{file} has a step of more than {MAX_STEP_CHARS:,} characters.")
        if is_endless(pattern):
            raise ModelError(
                f"{file} looks for {pattern!r:.80}, which repeats what repeats: it could keep a"
                " text waiting without end."
            )
    if growth > MAX_GROWTH:
        raise ModelError(
            f"{file} has steps that make a text up to {growth:.3g} times as long; at most"
            f" {MAX_GROWTH} are allowed."
        )
    model = data.get("model")
    most = model.get("max_input_chars_per_word", 0) if isinstance(model, dict) else 0
    if isinstance(most, int) and most > MAX_WORD_CHARS:
        raise ModelError(
            f"{file} reads words of {most:,} characters; at most {MAX_WORD_CHARS:,} are allowed."
        )


def _steps(part: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of a part: its steps, also within each other, and what they are made of."""
    waiting = [part]
    while waiting:
        step = waiting.pop()
        if isinstance(step, dict):
            yield step
            waiting.extend(value for value in step.values() if isinstance(value, dict | list))
        elif isinstance(step, list):
            waiting.extend(value for value in step if isinstance(value, dict | list))


def _pattern(step: dict[str, Any]) -> str:
    """Return the regular expression of a step; empty where it has none."""
    pattern = step.get("Regex", "")
    return pattern if isinstance(pattern, str) else ""


def is_endless(pattern: str) -> bool:
    r"""Tell a pattern in which something that can be read in several ways is repeated.

    That is what repeats, may be missing, or has alternatives; or the pattern looks back at itself.

    Such a pattern can try as many ways as there are subsets of a text's characters.

    >>> [is_endless(pattern) for pattern in (r"(a+)+$", r"(?:\s?\w)*", r"(a|aa)+$", r"(.)\1")]
    [True, True, True, True]
    >>> is_endless(r"'s|'t| ?\p{L}+| ?[^\s\p{L}+*]+|\s+(?!\S)|\s+"), is_endless(r"(a|b){1,3}c+")
    (False, False)
    """
    repeats = [False]  # whether each open group can be read in several ways, outermost first
    place, closed = 0, False
    while place < len(pattern):
        sign = pattern[place]
        repeated = UNBOUNDED.match(pattern, place)
        if sign == "\\":
            escaped = pattern[place + 1 : place + 2]
            if escaped.isdigit() or escaped in {"k", "g"}:
                return True
            place, closed = place + 2, False
        elif sign == "[":
            place, closed = _end_of_set(pattern, place), False
        elif sign == "(":
            repeats.append(False)
            begins = BEGINS_GROUP.match(pattern, place)
            place, closed = begins.end() if begins else place + 1, False
        elif sign == ")" and len(repeats) > 1:
            closed = repeats.pop()
            repeats[-1] = repeats[-1] or closed
            place += 1
        elif repeated is not None:
            if closed:
                return True
            repeats[-1] = True
            place, closed = repeated.end(), False
        else:
            repeats[-1] = repeats[-1] or sign in "|?"
            place, closed = place + 1, False
    return False


def _end_of_set(pattern: str, place: int) -> int:
    """Return the place behind a set of characters, in which sets may stand."""
    depth = 0
    while place < len(pattern):
        sign = pattern[place]
        if sign == "\\":
            place += 1
        elif sign == "[":
            depth += 1
        elif sign == "]":
            depth -= 1
            if depth == 0:
                return place + 1
        place += 1
    return place
