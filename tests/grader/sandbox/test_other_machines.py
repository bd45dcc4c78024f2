"""Kernels that lack a part of the lock, and a system that is no Linux: simulated, each in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox.inside import lock

ROOT = Path(__file__).parents[3]
WITHOUT = [sys.executable, str(ROOT / "tests" / "without.py")]
PROBED = """
from grader.sandbox import Sandbox, SandboxUnavailable
from tests.grader.sandbox.jobs import HONEST, first, number, script
with Sandbox() as sandbox:
    try:
        print(sandbox.probe())
    except SandboxUnavailable as error:
        print("refused:", error)
    outcome = sandbox.run(script(HONEST))
    print(getattr(outcome, "status", None) or number(first(outcome).candidates["dx"]))
"""
# What a system other than Linux does not have, taken away before the package is first imported.
ELSEWHERE = """
import ctypes, os, select, signal, socket, sys
sys.platform = "darwin"
del os.pidfd_open, os.memfd_create, signal.pidfd_send_signal, socket.MSG_CMSG_CLOEXEC
"""
UNLOCKED = """
from grader.sandbox import Sandbox
from tests.grader.sandbox.jobs import HONEST, first, number, script
with Sandbox(unsafe=True) as sandbox:
    print(sandbox.probe(), number(first(sandbox.run(script(HONEST))).candidates["dx"]))
"""


def printed(source: str, *before: str) -> str:
    """What a Python process prints, started as `before` says."""
    command = [*before, sys.executable, "-c", source]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_without_seccomp_nothing_runs_and_the_probe_refuses() -> None:
    refused, ran = printed(PROBED, *WITHOUT, "seccomp").splitlines()
    assert refused.startswith("refused: the sandbox cannot be probed: sandbox_error")
    assert "[Errno 38]" in refused
    assert ran == "sandbox_error"


def test_without_landlock_the_other_layers_hold_and_its_absence_is_told() -> None:
    layers, ran = printed(PROBED, *WITHOUT, "landlock").splitlines()
    assert layers == "Layers(seccomp=True, landlock=0, rlimits=True, unsafe=False)"
    assert ran == "6.0"


def test_where_there_is_no_linux_the_sandbox_refuses() -> None:
    refused, ran = printed(ELSEWHERE + PROBED).splitlines()
    assert refused.startswith("refused: ")
    assert "needs Linux, and this is darwin" in refused
    assert ran == "sandbox_error"


def test_where_there_is_no_linux_an_unlocked_process_answers_and_says_what_it_is() -> None:
    assert printed(ELSEWHERE + UNLOCKED).split() == [
        "Layers(seccomp=False,", "landlock=0,", "rlimits=False,", "unsafe=True)", "6.0",
    ]  # fmt: skip


@pytest.mark.parametrize("abi", [1, 2, 3, 4, 5, 6, 7, 99])
def test_of_each_landlock_version_every_right_is_handled_that_this_kernel_knows(abi: int) -> None:
    """An unknown right would be refused by the kernel, and with it the run: newer versions are asked for what is
    known here."""
    files, network, scopes = lock.rights(abi)
    assert (files, bool(network), bool(scopes)) == ({1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16), abi >= 4, abi >= 6)
