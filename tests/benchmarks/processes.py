"""What processes and all that they started have used, as Linux counts it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """The fields of `/proc/PID/stat` after the command's name; see proc(5), which counts from 1 with the name as 2."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


def tree(pid: int) -> list[int]:
    """The process and its descendants, as far as they live."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents.setdefault(int(_stat(int(path.name))[1]), []).append(int(path.name))
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended just now
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def cpu_seconds(pid: int) -> float:
    """Of the tree, and of those that ended in it and were waited for."""
    used = 0
    for one in tree(pid):
        try:
            used += sum(map(int, _stat(one)[11:15]))  # utime, stime, cutime, cstime
        except (FileNotFoundError, ProcessLookupError):
            continue
    return used / TICKS


def pss(pid: int) -> list[float]:
    """Of each process of the tree, its own memory and its share of what several have mapped, in MiB. Raises
    PermissionError where one may not be looked at: the sandbox's children may by root only."""
    found = []
    for one in tree(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found += [int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")]
    return found


def peak_pss(command: Sequence[str | Path], folder: Path) -> float:
    """The most that the command's tree has at one of the moments that are looked at, 50 in a second, in MiB."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    most = 0.0
    with subprocess.Popen([str(part) for part in command], cwd=folder, **quiet) as running:
        while running.poll() is None:
            most = max(most, sum(pss(running.pid)))
            time.sleep(0.02)
    return most
