"""The machinery: zygotes come and go, nothing leaks, and where it does not hold it does not run."""

import ctypes
import errno
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from grader.sandbox import Call, Failed, Finished, Job, Limits, Sandbox, SandboxUnavailable, probing, processes
from grader.sandbox.inside import wire, zygote
from tests import ordinary
from tests.grader.sandbox.jobs import HONEST, SCRIPT, failed, finished, first, number, script

ROOT = Path(__file__).parents[3]


@pytest.fixture
def own() -> Iterator[Sandbox]:
    """A sandbox that a test may break."""
    with Sandbox() as sandbox:
        yield sandbox


def zygotes() -> set[int]:
    """This process's children, zombies included."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for found in children for pid in found.read_text().split()}


def is_right(sandbox: Sandbox) -> bool:
    return number(first(sandbox.run(script(HONEST))).candidates["dx"]) == 6.0


def test_the_probe_finds_the_layers(own: Sandbox) -> None:
    layers = own.probe()
    assert (layers.seccomp, layers.rlimits, layers.unsafe) == (True, True, False)
    assert layers.landlock >= 0
    assert own.layers == layers


def test_a_probe_that_gets_through_refuses_to_serve() -> None:
    """The attacks, made where nothing is locked."""
    with Sandbox(unsafe=True) as unlocked:
        outcome = unlocked.run(probing.ATTACKS[0].job)
    with pytest.raises(SandboxUnavailable, match="does not hold: opened"):
        probing.ATTACKS[0].judge(outcome)


def test_a_probe_that_cannot_be_made_refuses_to_serve() -> None:
    for attack in probing.ATTACKS:
        with pytest.raises(SandboxUnavailable, match="cannot be probed"):
            attack.judge(Failed("sandbox_error", "sandbox_error"))


def test_a_lock_that_does_not_hold_is_our_fault_and_runs_nothing(own: Sandbox) -> None:
    """No kernel takes this limit: one of the steps before LOCKED."""
    outcome = failed(own.run(script("dx = 6"), Limits(cpu_seconds=2**70)))
    assert (outcome.status, outcome.code) == ("sandbox_error", "sandbox_error")
    assert is_right(own)


def test_a_zygote_that_cannot_start_is_our_fault(own: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "ENTRY", Path("/nowhere"))
    assert failed(own.run(script(HONEST))).status == "sandbox_error"
    monkeypatch.undo()
    assert is_right(own)


def test_a_zygote_is_kept_from_job_to_job_and_ends_with_the_sandbox() -> None:
    before = zygotes()
    with Sandbox() as sandbox:
        assert is_right(sandbox)
        started = zygotes() - before
        assert len(started) == 1
        assert is_right(sandbox)
        assert zygotes() - before == started
    assert zygotes() == before


def test_a_zygote_that_was_killed_while_idle_is_replaced_unnoticed(own: Sandbox) -> None:
    before = zygotes()
    assert is_right(own)
    (zygote,) = zygotes() - before
    os.kill(zygote, signal.SIGKILL)
    while zygote in zygotes():  # and its children with it
        threading.Event().wait(0.01)
    assert is_right(own)


def test_a_zygote_that_dies_in_an_exchange_is_replaced_and_the_job_is_done_again(own: Sandbox) -> None:
    before = zygotes()
    assert is_right(own)
    (zygote,) = zygotes() - before
    threading.Timer(0.3, os.kill, (zygote, signal.SIGKILL)).start()
    outcome = failed(own.run(script("dx = 1\nwhile True: pass"), Limits(wall_seconds=1.0)))
    assert (outcome.status, outcome.line) == ("timed_out", 2)
    assert zygote not in zygotes()
    assert is_right(own)


def test_a_zygote_is_discarded_when_an_exchange_is_interrupted(own: Sandbox) -> None:
    """What the interrupted job's child would say must not be taken for the next one's answer."""
    assert is_right(own)

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    handler = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            own.run(script("dx = 7\nwhile True: pass"))
    finally:
        signal.signal(signal.SIGALRM, handler)
    assert is_right(own)


def test_a_fork_of_this_process_has_a_zygote_of_its_own(own: Sandbox) -> None:
    assert is_right(own)
    mine = zygotes()
    child = fork_and_run(own)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert zygotes() == mine
    assert is_right(own)


def fork_and_run(sandbox: Sandbox) -> int:
    """Forks; the child exits with 0 if the sandbox works there with a zygote that is its own."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        right = is_right(sandbox)
        owns = len(zygotes()) == 1
        sandbox.close()
        code = 0 if right and owns and not zygotes() else 2
    finally:
        os._exit(code)


def test_a_zygote_dies_with_the_process_that_started_it() -> None:
    source = (
        "import os\nfrom tests.grader.sandbox.test_processes import Sandbox, is_right, zygotes\n"
        "sandbox = Sandbox()\nassert is_right(sandbox)\nprint(*zygotes(), flush=True)\nos.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    try:
        zygote = os.pidfd_open(int(ended.stdout))
    except ProcessLookupError:
        return  # it is gone already
    with open(zygote):
        gone = select.poll()
        gone.register(zygote, select.POLLIN)
        assert gone.poll(10_000), "the zygote lives on"


def test_two_hundred_runs_leave_no_descriptor_and_no_process(own: Sandbox) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    assert is_right(own)
    held, children = descriptors(), zygotes()
    for _ in range(200):
        assert is_right(own)
    own.run(script("dx = 1\nwhile True: pass"), Limits(wall_seconds=0.2))
    own.run(script("import os; dx = 1; os._exit(3)"))
    waiting = 2 * zygote.WAITING  # a handle and a channel of each
    assert abs(descriptors() - held) <= waiting
    assert zygotes() == children


def test_threads_share_a_sandbox_and_get_their_own_answers(own: Sandbox) -> None:
    wrong: list[float] = []

    def work(place: float) -> None:
        for step in range(10):
            point = place + step / 100
            found = number(first(own.run(script(HONEST, point))).candidates["dx"])
            if found != 2 * point:
                wrong.append(point)

    threads = [threading.Thread(target=work, args=(float(place),)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_large_job_and_a_large_answer_go_through(own: Sandbox) -> None:
    source = "#" * 400_000 + "\ndx = np.arange(500_000) * x"
    found = number(first(own.run(script(source, 2.0))).candidates["dx"])
    assert found[-1] == 999_998.0


def test_large_calls_and_their_large_answers_go_through_one_after_another(own: Sandbox) -> None:
    """Neither end waits for the other to read, whatever the sizes of what is sent ahead."""
    sizes = (1, 10, 7_000, 7_000, 1_000, 200_000, 3, 200_000, 8_191, 1)
    calls = tuple(Call({"x": np.full(size, float(place))}, ("dx",)) for place, size in enumerate(sizes, 1))
    answers = finished(own.run(Job("dx = np.tile(2 * x, 3)", False, (SCRIPT,), ("x",), calls))).answers
    found = [answer.candidates["dx"] for answer in answers]
    assert [(len(number(one)), number(one)[-1]) for one in found] == [
        (3 * size, 2.0 * place) for place, size in enumerate(sizes, 1)
    ]


def test_each_child_has_random_numbers_of_its_own(own: Sandbox) -> None:
    source = "import random; dx = [random.random(), np.random.rand(), np.random.default_rng().random()]"
    one, two = (number(first(own.run(script(source))).candidates["dx"]) for _ in range(2))
    assert all(mine != yours for mine, yours in zip(one, two, strict=True))


def test_children_do_the_same_where_nobody_has_time_to_rehearse(own: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = processes.command
    start = (
        f"import sys; sys.path += [sys.argv[1], {str(processes.ENTRY.parents[1])!r}]; "
        "from inside import rehearsal, zygote; "
        "zygote._busy = lambda: True; zygote.WARM = 0; rehearsal.rehearse = sys.exit; zygote.serve(sys.argv[3])"
    )

    def command(mode: str, *rest: str) -> list[str]:
        told = usual(mode, *rest)
        at = told.index(str(processes.ENTRY))
        return [*told[:at], "-c", start, *told[at + 1 :]]

    monkeypatch.setattr(processes, "command", command)
    answers = finished(own.run(script(HONEST, 3.0, 4.0))).answers
    assert [number(one.candidates["dx"]) for one in answers] == [6.0, 8.0]
    assert is_right(own)


@pytest.mark.parametrize(
    ("told", "busy"),
    [
        ("9.00 9.00 9.00 2/999 31337\n", False),
        ("0.10 0.20 0.30 3/999 31337\n", True),
        ("something else\n", False),
        ("0.10 0.20 0.30 many/999 31337\n", False),
        ("", False),
        (None, False),
    ],
    ids=["busy until now", "busy now", "something else", "not understood", "empty", "not there"],
)
def test_the_kernel_tells_whether_there_is_time(
    told: str | None, busy: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = tmp_path / "loadavg"
    if told is not None:
        load.write_text(told)
    monkeypatch.setattr(zygote, "LOAD", str(load))
    monkeypatch.setattr(zygote, "PROCESSORS", 2)
    assert zygote._busy() is busy


def test_where_no_process_can_be_forked_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        ctypes.set_errno(errno.EAGAIN)
        return -1

    monkeypatch.setattr(zygote, "_python", SimpleNamespace(fork=refused))
    with pytest.raises(BlockingIOError, match="fork"):
        zygote._fork()


def test_the_child_starts_from_an_almost_empty_environment(own: Sandbox) -> None:
    names = first(own.run(script("import os; print(sorted(os.environ)); dx = 1"), Limits()))
    assert names.raised is None
    outcome = finished(own.run(script("import os; print(sorted(os.environ)); dx = 1")))
    allowed = {
        *("LC_CTYPE", "LD_BIND_NOW", "LD_LIBRARY_PATH"),
        *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"),
    }
    assert set(json.loads(outcome.stdout.replace("'", '"'))) <= allowed


def test_it_works_from_any_folder_whatever_lies_there(tmp_path: Path) -> None:
    """A student's or teacher's numpy.py, json.py or random.py in the working folder is not imported."""
    for name in ("numpy", "json", "random", "inside", "child"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')")
    source = (
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.grader.sandbox.test_processes import Sandbox, is_right\n"
        "import os\nos.chdir(sys.argv[1])\n"
        "with Sandbox() as sandbox: assert is_right(sandbox)"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-I", "-c", source, str(tmp_path)]
    ended = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


AS_NOBODY = """
from grader.sandbox import Sandbox
from tests.grader.sandbox.jobs import HONEST, first, number, script
with Sandbox() as sandbox:
    print(sandbox.probe())
    print(number(first(sandbox.run(script(HONEST))).candidates["dx"]))
"""


@pytest.mark.skipif(not ordinary.POSSIBLE, reason="only root can become somebody else")
def test_it_holds_as_an_ordinary_user_without_any_capability() -> None:
    with ordinary.python() as somebody:
        if somebody is None:
            pytest.skip("no Python here that another user can start")
        folder, python = somebody
        ended = subprocess.run([*python, "-c", AS_NOBODY], cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "seccomp=True" in ended.stdout
    assert "6.0" in ended.stdout


def test_results_are_told_with_the_time_they_took(own: Sandbox) -> None:
    outcome = own.run(script(HONEST))
    assert isinstance(outcome, Finished)
    assert 0 < outcome.wall_seconds < 5


def children_of(pids: set[int]) -> list[Path]:
    """The /proc folders of the zygotes' children."""
    told = " ".join(Path(f"/proc/{pid}/task/{pid}/children").read_text() for pid in pids)
    return [Path(f"/proc/{child}") for child in told.split()]


def status_of(child: Path) -> dict[str, str]:
    return dict(line.split(":\t", 1) for line in (child / "status").read_text().splitlines() if ":\t" in line)


def limits_of(child: Path) -> dict[str, str]:
    """The soft limits by name."""
    return {line[:26].strip(): line[26:47].strip() for line in (child / "limits").read_text().splitlines()}


@pytest.mark.skipif(os.geteuid() != 0, reason="what cannot be dumped is seen by root only")
def test_a_child_has_given_up_everything_before_it_gets_a_job(own: Sandbox) -> None:
    before = zygotes()
    assert is_right(own)
    threading.Event().wait(1)  # until another is ready, and both have rehearsed
    children = children_of(zygotes() - before)
    assert len(children) == 2
    for child in children:
        files = {entry.name: os.readlink(entry) for entry in (child / "fd").iterdir()}
        assert set(files) == {"0", "1", "2", "3"}
        assert {files[number] for number in "012"} == {os.devnull}
        assert files["3"].startswith("socket:")
        assert (child / "oom_score_adj").read_text().strip() == "1000"
        assert [status_of(child)[name] for name in ("NoNewPrivs", "Seccomp")] == ["1", "2"]
        limits = limits_of(child)
        assert limits["Max open files"] == "4"
        names = ("Max processes", "Max file size", "Max core file size", "Max locked memory")
        assert [limits[name] for name in names] == ["0"] * 4


@pytest.mark.skipif(os.geteuid() != 0, reason="what cannot be dumped is seen by root only")
def test_where_student_code_runs_the_whole_wall_stands(own: Sandbox) -> None:
    """Looked at from outside, while a submission computes."""
    before = zygotes()
    assert is_right(own)
    mine = zygotes() - before
    limits = Limits(wall_seconds=1.5, cpu_seconds=3, memory_bytes=300 << 20)
    running = threading.Thread(target=own.run, args=(script("dx = 1\nwhile True: pass"), limits))
    running.start()
    threading.Event().wait(0.7)
    (child,) = [child for child in children_of(mine) if limits_of(child)["Max cpu time"] == "3"]
    found = limits_of(child) | status_of(child)
    found["files"] = " ".join(sorted(entry.name for entry in (child / "fd").iterdir()))
    running.join()
    assert (found["Seccomp"], found["NoNewPrivs"], found["files"]) == ("2", "1", "0 1 2 3")
    assert (found["Max open files"], found["Max processes"]) == ("4", "0")
    assert (found["Max address space"], found["Max cpu time"]) == (str(300 << 20), "3")


def test_a_layer_that_fails_while_a_child_waits_is_told_in_the_place_of_locked() -> None:
    """A parent that is none: the parent-death signal cannot be had."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        zygote._become_child(theirs, -1, 0, wire.Channel(theirs.fileno()), rehearsed=True)
    theirs.close()
    with ours:
        assert ours.recv(100).startswith(b"ProcessLookupError")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1


def test_a_whole_answer_ends_the_exchange_and_the_child(own: Sandbox) -> None:
    """A forged one, whose child would go on for ever."""
    frame = """
import json, os, struct, sys
words = json.dumps({"failed": None, "interface": 0, "notes": [], "stdout": "",
                    "call": {"types": ["float"], "raised": None, "notes": []}}).encode()
numbers = struct.pack("<BB32xd", 3, 0, 6.0)
os.write(3, struct.pack("<4sII", b"GGr2", len(numbers), len(words)) + numbers + words)
dx = 5
while True: pass
"""
    outcome = finished(own.run(script(frame), Limits(wall_seconds=20)))
    assert number(outcome.answers[0].candidates["dx"]) == 6.0
    assert outcome.wall_seconds < 5
    assert is_right(own)
