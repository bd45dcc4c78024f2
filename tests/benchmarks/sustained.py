"""How many submissions a second: from a full queue by one worker and by two, with those who hand in on the same cores,
and, by what each process spends on one, with more workers than this machine has cores for."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.configuration import Configuration, make_secrets
from service.tasks import FIRST, QUEUE, make_celery, waiting_in_broker
from tests.benchmarks.deadline import Deployment, deployed, drained, settled, stopped
from tests.benchmarks.measured import OURS, ROOT, Row, Sample, Section, told
from tests.benchmarks.processes import cpu_seconds, memory_of
from tests.service.conftest import free_port
from tests.service.servers import process, redis_server, until

STUDENTS = 200
CORES = os.cpu_count() or 1
WORKERS = sorted({1, CORES, CORES + 1})
MODELLED = (1, 2, 4, 8, 16, 32, 64)
CELERY = "Celery, tasks that do nothing"
SPENT = (
    "One worker took {alone:.1f} ms for each submission. Processor time spent on one: {spent}. Redis, which has one "
    "thread, would be full at {broker:,.0f} submissions a second. Where {workers} workers and all else share {cores} "
    "cores, these times allow {allowed:.0f} submissions a second at most; {measured:.0f} were measured."
)

# A worker as ours, of a task that does nothing.
NOTHING = """
import sys
from service.configuration import Configuration
from service.tasks import make_celery
from service.worker import _consume
celery = make_celery(Configuration.from_environment())

@celery.task(name="nothing")
def nothing():
    pass

_consume(celery, sys.argv[1])
"""


@dataclass(frozen=True)
class Drained:
    """So many submissions in a second, and the seconds of a processor that each took, by whose."""

    rate: float
    spent: Mapping[str, float]


def from_a_full_queue(deployment: Deployment, workers: Sequence[int], count: int) -> Drained:
    """What these workers grade; they know the exercises already."""
    groups = {"worker": workers, **{name: [pid] for name, pid in deployment.processes.items()}}
    with stopped(workers):
        before_web = cpu_seconds(deployment.processes["web"])
        deployment.hand_in(count)
        web = cpu_seconds(deployment.processes["web"]) - before_web
        before = {name: sum(map(cpu_seconds, pids)) for name, pids in groups.items()}
    rate = drained(deployment.database)
    spent = {name: (sum(map(cpu_seconds, pids)) - before[name]) / count for name, pids in groups.items()}
    return Drained(rate, spent | {"web": web / count})


def with_hand_ins(deployment: Deployment, count: int) -> float:
    """Reports in a second, from the first hand-in to the last report, handed in faster than graded."""
    return count / deployment.rush(count, count / 300).last_report


def empty_tasks(workers: int, count: int) -> float:
    """Tasks in a second that do nothing."""
    with tempfile.TemporaryDirectory() as folder, redis_server(free_port()) as redis:
        variables = {"DATA_DIR": folder, "PUBLIC_URL": "http://127.0.0.1:1", "BROKER_URL": f"{redis}/0"}
        named = {f"GRADIENT_GRADER_{name}": value for name, value in variables.items()}
        configuration = Configuration.from_environment({**make_secrets(Path(folder) / "secrets"), **named})
        celery = make_celery(configuration)
        options: dict[str, Any] = {"cwd": ROOT, "env": {**os.environ, **configuration.to_environment()}}
        options |= {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

        def send(number: int) -> None:
            for _ in range(number):
                celery.send_task("nothing", queue=QUEUE, priority=FIRST)

        def left() -> int:
            return waiting_in_broker(celery)

        with ExitStack() as stack:
            command = [sys.executable, "-c", NOTHING]
            running = [stack.enter_context(process([*command, f"n{n}"], **options)) for n in range(workers)]
            send(10 * workers)
            until(lambda: not left(), seconds=60)
            with stopped([one.pid for one in running]):
                send(count)
            begun, there = time.monotonic(), left()
            until(lambda: not left(), seconds=120, every=0.01)
            lasted = time.monotonic() - begun
        celery.close()
        return there / lasted


def modelled(one: Drained, workers: int) -> float:
    """Submissions in a second with so many workers, each on a core of its own."""
    return min(workers * one.rate, 1 / max(one.spent["Redis"], 1e-9))


def measure(quick: bool) -> tuple[Section, Section, dict[str, Sample]]:
    """What was measured, the model that follows, and PSS in MiB of web and of a worker's processes at the end."""
    count = 60 if quick else 600
    drains: dict[int, Drained] = {}
    left: dict[str, Sample] = {}
    with deployed(STUDENTS) as deployment:
        for workers in WORKERS:
            with deployment.workers(workers) as pids:
                deployment.rush(count, count / 60)  # tables of mistakes, once
                settled(pids, 5 if quick else 45)
                drains[workers] = from_a_full_queue(deployment, pids, count)
                at_once = with_hand_ins(deployment, count)
                if workers == WORKERS[-1]:
                    left = {"web": memory_of(deployment.processes["web"]), "worker": memory_of(pids[0])}
    tasks = 200 if quick else 2000
    rows = [
        Row(f"from a full queue, {workers} worker{'s' * (workers > 1)}",
            {OURS: [drain.rate], CELERY: [empty_tasks(workers, tasks)]})
        for workers, drain in drains.items()
    ]  # fmt: skip
    rows.append(Row(f"with those who hand in, {WORKERS[-1]} workers", {OURS: [at_once]}, "120/s on two cores"))
    one = drains[1]
    spent = ", ".join(f"{name} {1e3 * seconds:.2g} ms" for name, seconds in one.spent.items())
    note = SPENT.format(
        workers=WORKERS[-1],
        cores=CORES,
        alone=1e3 / one.rate,
        spent=spent,
        broker=modelled(one, sys.maxsize),
        allowed=min(modelled(one, WORKERS[-1]), CORES / (sum(one.spent.values()) - one.spent["web"])),
        measured=drains[WORKERS[-1]].rate,
    )
    model = [_row_of_model(one, workers, drains.get(workers)) for workers in MODELLED]
    return (
        Section("sustained", "Sustained submissions", rows, "/s"),
        Section("model", "More workers than there are cores here", model, "/s", note),
        left,
    )


def _row_of_model(one: Drained, workers: int, measured: Drained | None) -> Row:
    rate = modelled(one, workers)
    here = told(measured.rate, "/s") if measured else ""
    needs = {name: f"{rate * one.spent[name]:.1f} cores" for name in ("PostgreSQL", "web", "Redis")}
    return Row(f"{workers} worker{'s' * (workers > 1)}", {OURS: [rate], "measured, all on these cores": here, **needs})
