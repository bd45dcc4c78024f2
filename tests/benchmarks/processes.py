"""What processes and all that they started have used, as Linux counts it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.benchmarks.measured import Sample

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


def pss(pids: Iterable[int]) -> list[float]:
    """Of each process that lives, its own memory and its share of what several have mapped, in MiB. Raises
    PermissionError where one may not be looked at: the sandbox's children may by root only."""
    found = []
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found += [int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")]
    return found


def memory_of(pid: int) -> Sample:
    """PSS in MiB of the whole tree."""
    try:
        return [sum(pss(tree(pid)))]
    except PermissionError:
        return "only root may look at the sandbox's children"


def peak_pss(work: Callable[[], object]) -> float:
    """The most that all the processes together have which `work` starts, at one of the moments that are looked at,
    some 50 in a second, in MiB."""
    mine = set(tree(os.getpid()))
    ended = threading.Event()
    peaks = [0.0]

    def look() -> None:
        while not ended.wait(0.02):
            peaks.append(sum(pss(set(tree(os.getpid())) - mine)))

    watch = threading.Thread(target=look)
    watch.start()
    try:
        work()
    finally:
        ended.set()
        watch.join()
    return max(peaks)
