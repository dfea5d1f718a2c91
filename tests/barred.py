"""Bars a process from making files and from leaving this machine, for good.

The system ends it when it tries, whoever in it tries: Python, a library in C, a child of its own.
"""

import ctypes
import os
import platform
import socket
import struct

SYSTEM_CALLS = {
    "x86_64": {"socket": 41, "openat": 257},
    "aarch64": {"socket": 198, "openat": 56},
}
"""Numbers by processor, on Linux."""

_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_KILL_PROCESS, _ALLOW = 0x80000000, 0x7FFF0000
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2  # of prctl(2)


def can_bar() -> bool:
    """Tell whether this system can."""
    return platform.system() == "Linux" and platform.machine() in SYSTEM_CALLS


def bar(*, files: bool) -> None:
    """End this process when it opens a socket to another machine, or when it makes a file.

    Args:
        files: Bar it from making files, too.
    """
    calls = SYSTEM_CALLS[platform.machine()]
    rules = _rule(calls["socket"], 0, _EQUAL, (socket.AF_INET, socket.AF_INET6))
    if files:
        rules += _rule(calls["openat"], 2, _ANY_BIT, (os.O_CREAT,))
    rules += _step(_RETURN, value=_ALLOW)
    steps = ctypes.create_string_buffer(rules)
    program = struct.pack("HP", len(rules) // 8, ctypes.addressof(steps))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_ulong]
    for option, value, pointer in ((_NO_NEW_PRIVILEGES, 1, None), (_SECCOMP, _FILTER, program)):
        if prctl(option, value, pointer, 0, 0):
            raise OSError(ctypes.get_errno(), "The process cannot be barred")


def _rule(call: int, argument: int, test: int, values: tuple[int, ...]) -> bytes:
    """End the process at a call whose argument passes the test for one of the values."""
    tests = b"".join(
        _step(test, 0, 1, value) + _step(_RETURN, value=_KILL_PROCESS) for value in values
    )
    look = _step(_LOAD, value=16 + 8 * argument) + tests
    return _step(_LOAD, value=0) + _step(_EQUAL, 0, len(look) // 8, call) + look


def _step(code: int, if_true: int = 0, if_false: int = 0, value: int = 0) -> bytes:
    """One step of the program that judges calls; see seccomp(2)."""
    return struct.pack("HBBI", code, if_true, if_false, value)
