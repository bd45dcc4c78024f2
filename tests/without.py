"""`python without.py seccomp|landlock COMMAND…` runs a command on a machine like one whose kernel does not have it."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

ABSENT = {"seccomp": {"x86_64": 317, "aarch64": 277}[platform.machine()], "landlock": 444}
NO_NEW_PRIVS, SET_SECCOMP, FILTER = 38, 22, 2
LOAD_NUMBER, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERROR = 0x7FFF0000, 0x00050000

program = b"".join(
    struct.pack("HBBI", *step)
    for step in [
        (LOAD_NUMBER, 0, 0, 0),
        (IF_EQUAL, 0, 1, ABSENT[sys.argv[1]]),
        (RETURN, 0, 0, ERROR | errno.ENOSYS),
        (RETURN, 0, 0, ALLOW),
    ]
)


class Program(ctypes.Structure):
    """The kernel's sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0) == 0
assert libc.prctl(SET_SECCOMP, FILTER, ctypes.byref(Program(4, program)), 0, 0) == 0
os.execv(sys.argv[2], sys.argv[2:])
