"""JSON values out of a stream: the elements of an array, or objects one after the other.

Never more than one element is held, and one that is broken costs no other.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TextIO

CHUNK_CHARS = 1 << 18
MAX_VALUE_CHARS = 50_000_000
"""Longer ones are not held."""
BETWEEN = re.compile(r"[\s,\ufeff]*")
# An error so near the end of what was read may be one of its end alone: `tru`, `\u00`.
CUT_OFF_CHARS = 16
FIRST_KEY = re.compile(r'\{\s*("(?:[^"\\]|\\.)*")\s*:')


@dataclass(frozen=True, slots=True)
class JsonValue:
    """A value, as it was written and as it is."""

    text: str
    value: Any = None
    error: str = ""
    """Why there is no value."""


class JsonValues:
    """Reads the values of a stream.

    Args:
        file: The text.
        start: Where in it the first value begins: behind the bracket of an array.
        in_array: Whether a closing bracket ends them.
    """

    def __init__(self, file: TextIO, start: int, *, in_array: bool) -> None:
        self._file, self._in_array = file, in_array
        self._decode = json.JSONDecoder().raw_decode
        self._buffer, self._at, self._ended = "", 0, False
        while len(self._buffer) < start and self._grow():
            pass
        self._at = start
        self._gave_up = False
        self._next: re.Pattern[str] | None = None
        """How the next element begins, once one was seen."""

    def __iter__(self) -> Iterator[JsonValue]:
        while self._go_to_value():
            begin = self._at
            try:
                value, end = self._decode(self._buffer, begin)
            except RecursionError:
                yield self._broken("lists within lists, too deep to read")
            except json.JSONDecodeError as error:
                if self._may_be_cut_off(error) and self._grow():
                    continue
                if len(self._buffer) - self._at > MAX_VALUE_CHARS:
                    yield self._broken(f"a value of more than {MAX_VALUE_CHARS:,} characters")
                else:
                    yield self._broken(f"no readable JSON: {error.msg}")
            except ValueError as error:  # a number of thousands of digits
                yield self._broken(f"no readable JSON: {error}")
            else:
                # Of a number there may be more.
                if end == len(self._buffer) and not isinstance(value, dict) and self._grow():
                    continue
                self._learn_beginning()
                self._at = end
                yield JsonValue(self._buffer[begin:end], value)
        if self._in_array and not self._buffer.startswith("]", self._at) and not self._gave_up:
            yield JsonValue("", error="the list has no end: the file is cut off")

    def _go_to_value(self) -> bool:
        while True:
            found = BETWEEN.match(self._buffer, self._at)
            assert found is not None
            self._at = found.end()
            if self._at < len(self._buffer):
                return not (self._in_array and self._buffer[self._at] == "]")
            if not self._grow():
                return False

    def _grow(self) -> bool:
        """Read as much again as is held; False at the end, or when a value is too long."""
        held = len(self._buffer) - self._at
        if self._ended or held > MAX_VALUE_CHARS:
            return False
        more = self._file.read(max(CHUNK_CHARS, held))
        if not more:
            self._ended = True
            return False
        # The sign before stays: it tells whether a value begins a line.
        keep = max(0, self._at - 1000)
        self._buffer, self._at = self._buffer[keep:] + more, self._at - keep
        return True

    def _may_be_cut_off(self, error: json.JSONDecodeError) -> bool:
        is_open = error.msg.startswith("Unterminated string")
        return is_open or len(self._buffer) - error.pos <= CUT_OFF_CHARS

    def _learn_beginning(self) -> None:
        """Remember how an element begins: by its indentation, or else by its first key."""
        if self._next is not None:
            return
        line = self._buffer.rfind("\n", max(0, self._at - 200), self._at)
        indent = self._buffer[line + 1 : self._at]
        if line >= 0 and not indent.strip():
            self._next = re.compile(r"\n" + re.escape(indent) + r"(?=\{)")
        elif key := FIRST_KEY.match(self._buffer, self._at):
            self._next = re.compile(r"(?=\{\s*" + re.escape(key[1]) + r"\s*:)")

    def _broken(self, error: str) -> JsonValue:
        """Go on to where the next element begins."""
        text = self._buffer[self._at : self._at + 1000]
        start = self._at + 1
        if self._next is None:
            self._learn_beginning()
        while self._next is not None:
            if found := self._next.search(self._buffer, start):
                self._at = found.end()
                return JsonValue(text, error=error)
            # A beginning may be cut in two.
            start = self._at = max(start, len(self._buffer) - 1000)
            if not self._grow():
                break
            start = self._at
        self._buffer, self._at, self._ended, self._gave_up = "", 0, True, True
        return JsonValue(text, error=f"{error}; what follows cannot be told apart")
