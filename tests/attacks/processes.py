"""Starts processes, ends them, and changes its own."""

from tests.attacks.attack import SHORT, Attack, Limits, answers, denied, ended_early, fails, is_theirs, raises

_SPY = """
import os, re
seen = set()
def parent(pid): return int(open(f"/proc/{{pid}}/stat").read().rpartition(")")[2].split()[1])
def memory_of(pid):
    with open(f"/proc/{{pid}}/maps") as maps:
        lines = [line.split() for line in maps]
    memory = os.open(f"/proc/{{pid}}/mem", os.O_RDONLY)
    for line in lines:
        if line[1] == "rw-p" and (len(line) == 5 or line[5] == "[heap]"):
            start, end = (int(part, 16) for part in line[0].split("-"))
            try: yield os.pread(memory, min(end - start, 1 << 26), start)
            except OSError: pass
    os.close(memory)
for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
    try:
        if pid != os.getpid() and {}:
            for data in memory_of(pid): seen |= set(re.findall(rb"owl-[0-9a-f]{{16}}", data))
    except OSError: pass
print(seen)
"""

ATTACKS = [
    Attack("leaves a process behind",
           "import os, time\nif os.fork() == 0:\n    os.setsid(); time.sleep(20); os._exit(0)", raises("BlockingIOError")),
    Attack("leaves a process behind through C", "import ctypes, time\nc = ctypes.CDLL(None)\ndx = c.fork()\n"
           "if dx == 0: c.setsid(); time.sleep(20); c._exit(0)", answers(-1.0)),
    Attack("is a small fork bomb",
           "import os, time\ndx = 0\nfor _ in range(5):\n    try:\n        if os.fork() == 0: time.sleep(20); os._exit(0)\n"
           "        dx += 1\n    except OSError: pass", answers(0.0)),
    Attack("executes a program", "import os; os.execv('/bin/touch', ['touch', FOLDER + '/new'])", fails("forbidden")),
    Attack("executes a program that becomes root",
           "import ctypes, os\nctypes.CDLL(None).fcntl(3, 2, 0)  # the channel stays open, so that it is waited for\n"
           "os.execv(SETUID, ['touch', FOLDER + '/new'])", fails("forbidden"),
           watched=("privileges",)),
    Attack("spawns a program", "import os; os.posix_spawn('/bin/touch', ['touch', FOLDER + '/new'], {})",
           raises("BlockingIOError")),
    Attack("runs a shell command", "import os; dx = os.system('touch ' + FOLDER + '/new') >> 8", is_theirs),
    Attack("starts a subprocess", "import subprocess; subprocess.run(['touch', FOLDER + '/new'])",
           raises("ModuleNotFoundError")),
    Attack("starts a subprocess below its module", "import os, _posixsubprocess as p\n"
           "p.fork_exec([b'touch', FOLDER + '/new'], [b'/bin/touch'], True, (), None, None, *[-1] * 6, 0, 0, False, 0, None,\n"
           "            None, None, -1, None, True)", is_theirs),
    Attack("starts a thread", "import threading; threading.Thread(target=print).start(); dx = 7",
           raises("RuntimeError"), claims=True),
    Attack("kills its zygote", "import os; os.kill(os.getppid(), 9)", denied),
    Attack("kills its worker", "import os; os.kill(WORKER, 9)", denied),
    Attack("kills its worker through C", "import ctypes; dx = ctypes.CDLL(None).kill(WORKER, 9)", answers(-1.0)),
    Attack("interrupts its worker", "import os; os.kill(WORKER, 2)", denied),
    Attack("kills its worker by a handle",
           "import os, _signal; _signal.pidfd_send_signal(os.pidfd_open(WORKER), 9)", denied),
    Attack("kills its group", "import os; os.killpg(0, 9)", denied),
    Attack("kills everything", "import os; os.kill(-1, 9)", denied, locked_only=True),
    Attack("stops itself", "import os; os.kill(os.getpid(), 19)", denied, SHORT),
    Attack("queues a signal", "import ctypes; dx = ctypes.CDLL(None).sigqueue(WORKER, 9, 0)", answers(-1.0)),
    Attack("catches signals", "import _signal; _signal.signal(24, _signal.SIG_IGN); dx = 7", denied, claims=True),
    Attack("sets an alarm", "import _signal; _signal.alarm(1); dx = 6", is_theirs),
    Attack("becomes root", "import os; os.setuid(0); os.chown(FOLDER, 1, 1)", denied),
    Attack("becomes nicer", "import os; os.nice(-5); dx = 7", denied, claims=True),
    Attack("takes another processor", "import os; os.sched_setaffinity(0, {0}); dx = 7", denied, claims=True),
    Attack("becomes a real-time process",
           "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)); dx = 7", denied, claims=True),
    Attack("raises its limits", "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1)); dx = 7",
           raises("PermissionError", "ValueError"), claims=True),
    Attack("changes the worker's limits",
           "import resource; resource.prlimit(WORKER, resource.RLIMIT_NOFILE, (3, 3))", denied),
    Attack("leads a session of its own", "import os; os.setsid(); dx = 7", denied, claims=True),
    Attack("outlives its worker", "import _thread as t; k = t.allocate_lock(); k.acquire(); k.acquire()",
           is_theirs, Limits(wall_seconds=30), worker_is_killed=True),
    Attack("reads the memory of another student's process", _SPY.format("parent(parent(pid)) == WORKER"), denied,
           Limits(wall_seconds=10), beside="secret = TOKEN\ndx = 6\nwhile True: pass", watched=("secrets",)),
    Attack("reads the memory of its worker", _SPY.format("pid == WORKER"), denied, Limits(wall_seconds=10)),
    Attack("ends the process", "import os; os._exit(0)", ended_early),
    Attack("ends the process as if all were well", "import os; dx = 6; os._exit(0)", ended_early),
    Attack("aborts", "import os; os.abort()", ended_early),
    Attack("ends the program", "raise SystemExit", raises("SystemExit")),
    Attack("interrupts itself", "raise KeyboardInterrupt", raises("KeyboardInterrupt")),
]  # fmt: skip
