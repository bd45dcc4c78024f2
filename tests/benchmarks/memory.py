"""What a grading takes of the memory: PSS, a process's own and its share of what several map."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from tests.benchmarks import sandbox
from tests.benchmarks.graders import STUDENT, Graders
from tests.benchmarks.measured import OURS, Row, Sample, Section
from tests.benchmarks.processes import peak_pss


def measure(peers: Graders, left: Mapping[str, Sample]) -> Section:
    """`left` is what the processes of sustained submissions had at their end."""
    samples: dict[str, Sample] = {OURS: sandbox.memory(), **peers.missing}
    samples |= {name: [peak_pss(partial(accepts, STUDENT))] for name, accepts in peers.here.items()}
    rows = [Row("grading one submission", samples, "130 MB")]
    rows.append(Row("a worker after much work", {OURS: left.get("worker", "not measured")}))
    rows.append(Row("web after much work", {OURS: left.get("web", "not measured")}, "120 MB"))
    return Section("memory", "Memory", rows, "MiB")
