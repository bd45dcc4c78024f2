"""The layers of the sandbox, each with an attack that passes where it is not there."""

import os
from pathlib import Path
from typing import NamedTuple

from grader.sandbox.inside import lock


class Layer(NamedTuple):
    """`shown_by` passes without this layer. Where another layer stands before it, that is `behind`, and the attack is
    stopped by this one alone when those are off. `ordinary`: root could undo it, so only another user is shown it."""

    name: str
    prevents: str
    shown_by: str
    behind: tuple[str, ...] = ()
    ordinary: bool = False


_KERNEL = ("seccomp", "Landlock")
LAYERS = (
    Layer("seccomp", "system calls beyond a dozen", "sends a datagram"),
    Layer("Landlock", "files, TCP, signals, local sockets", "creates a file", ("seccomp",)),
    Layer("address space", "memory beyond the limit", "fills memory"),
    Layer("CPU time", "computing beyond the limit", "computes beyond its CPU time"),
    Layer("no processes", "processes, threads", "leaves a process behind", ("seccomp",), ordinary=True),
    Layer("no file grows", "content in files", "writes into a file that is there", _KERNEL),
    Layer("no new descriptors", "more than four open at once", "opens six connections at once", _KERNEL),
    Layer("no locked memory", "memory that cannot be swapped", "locks memory", ("seccomp",), ordinary=True),
    Layer(
        "no core file", "copies of memory on disk", "leaves a core file",
        (*_KERNEL, "no file grows", "not dumpable"), ordinary=True,
    ),
    Layer("no new privileges", "programs that become root", "executes a program that becomes root",
          (*_KERNEL, "no new descriptors"), ordinary=True),
    Layer("not dumpable", "being read by others of the same user", "reads the memory of another student's process",
          _KERNEL, ordinary=True),
    Layer("group of its own", "signals to the zygote's group", "kills its group", _KERNEL),
    Layer("first to be killed", "the kernel's killing the worker for it", "waits to be the last that is killed"),
    Layer("dies with the zygote", "outliving the worker", "outlives its worker"),
    Layer("no other descriptors", "what the zygote and the worker hold open", "writes into the worker's log"),
    Layer("worked example first", "hidden inputs while text is shown", "reads ahead for the next call"),
    Layer("almost empty environment", "the service's settings", "prints the environment"),
    Layer("wall clock", "waiting for ever", "waits for itself"),
    Layer("kill by pidfd", "going on after the answer", "answers and goes on"),
    Layer("bound on the reply", "filling the worker's memory", "floods the reply"),
    Layer("bound on an answer", "arrays of any size in the worker", "answers with more numbers than allowed"),
    Layer("known codes only", "words that are ours to say", "forges our fault"),
    Layer("texts are cleaned", "control characters in reports", "prints control characters"),
    Layer("no texts of hidden calls", "hidden inputs in reports", "tells a hidden input in an exception"),
)  # fmt: skip


def not_here() -> dict[str, str]:
    """The layers that this machine cannot show, and why."""
    reasons = {}
    if not lock.landlock_abi():
        reasons["Landlock"] = "the kernel has none"
    if Path("/proc/sys/kernel/core_pattern").read_text().startswith(("|", "/")):
        reasons["no core file"] = "core files are kept elsewhere"
    if "NoNewPrivs:\t1" in Path("/proc/self/status").read_text():
        reasons["no new privileges"] = "nobody here can gain any"
    elif os.getuid() and "ATTACKS_SETUID" not in os.environ:
        reasons["no new privileges"] = "only root can make a program that becomes root"
    return reasons
