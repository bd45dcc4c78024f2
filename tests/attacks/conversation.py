"""Breaks the order of calls and replies, or tells hidden inputs by what is said outside the first reply.

That a read for the next call waits, that a forged answer stands, that two replies at once are too many, is shown in
`tests/grader/sandbox/test_hidden_inputs.py`; what is left after broken exchanges, in `test_residue.py`.
"""

from tests.attacks.attack import SHORT, Attack, Limits, answers, denied, ended_early, fails, is_theirs, raises
from tests.attacks.forgeries import on_its_way

_FORGE = """
import os, struct, sys, numpy as np, _thread as t
wire = sys.modules["inside.wire"]
def frame(dx=6.0):
    call = {"types": ["float"], "raised": None, "notes": []}
    told = {"failed": None, "interface": 0, "stdout": "", "notes": [], "call": call}
    return wire.encode_reply([wire.Answer("array", "float", np.array(dx))], told)
def next_call():
    return struct.unpack("<d", os.read(3, 1 << 16)[-8:])[0]
def wait():
    k = t.allocate_lock(); k.acquire(); k.acquire()
"""
_READER = """
import struct, sys
frame = sys._getframe()
while "reader" not in frame.f_locals: frame = frame.f_back
reader = frame.f_locals["reader"]
"""
_TRACE = "b'Stack (most recent call first):\\n  File \"submission.py\", line %d in f\\n' % int(x * 10**6)"
_HIDDEN = "dx = 6\nif x != 3:\n    "


def hidden(change: str) -> str:
    """The reply to the hidden call changed by a statement on its `text` and `answers`."""
    return on_its_way(f"text = dict(text)\nif x != 3: {change}\nmade = honest(answers, text, *more)")


ATTACKS = [
    Attack("reads ahead for the next call",  # in the second run of the worked example it has been read
           _READER + "if not hasattr(sys, 'seen'): sys.seen = struct.unpack('<d', reader.read1(1 << 16)[-8:])[0]\n"
           "print(sys.seen); dx = 6", fails("timed_out"), SHORT),
    Attack("peeks at the channel", "import socket; socket.socket(fileno=3).recv(99, socket.MSG_PEEK)", denied),
    Attack("peeks at the channel through C",
           "import ctypes; dx = ctypes.CDLL(None).recv(3, ctypes.create_string_buffer(99), 99, 0x42)", answers(-1.0)),
    Attack("answers the next call before it is sent",
           _FORGE + "one, other = frame(), frame(7.0)\nos.write(3, one); os.write(3, other); os._exit(0)", is_theirs),
    Attack("answers the next call without reading it",
           _FORGE + "os.write(3, frame())\nfor _ in range(10**6): pass\nos.write(3, frame(7.0)); os._exit(0)", answers(6.0)),
    Attack("sends half a reply and waits", _FORGE + "os.write(3, frame()[:20]); wait()", fails("timed_out"), SHORT),
    Attack("sends half a head and waits", _FORGE + "os.write(3, frame()[:5]); wait()", fails("timed_out"), SHORT),
    Attack("sends half a reply and ends", _FORGE + "os.write(3, frame()[:20]); os._exit(0)", ended_early),
    Attack("sends half a reply, then a whole one",
           _FORGE + "os.write(3, frame()[:20] + frame()); wait()", fails("bad_output"), SHORT),
    Attack("sends half a reply, then a trace",
           _FORGE + "os.write(3, frame()[:20] + b'Stack (' * 99); wait()", fails("bad_output"), SHORT),
    Attack("sends a reply byte by byte",
           _FORGE + "def drop(data):\n    for byte in data: os.write(3, bytes([byte]))\n"
           "drop(frame()); next_call(); drop(frame(7.0)); os._exit(0)", answers(6.0)),
    Attack("sends a call", "import os, struct; os.write(3, b'GGc2' + struct.pack('<II', 2, 0) + b'{}')", fails("bad_output")),
    Attack("sends an empty reply", "import os; os.write(3, b'GGr2' + bytes(8))", fails("bad_output")),
    Attack("answers one call more than there are",
           _FORGE + "os.write(3, frame()); next_call(); os.write(3, frame()); os.write(3, frame()); wait()", is_theirs, SHORT),
    Attack("answers the last call and goes on",
           _FORGE + "os.write(3, frame()); next_call(); os.write(3, frame())\nwhile True: pass", answers(6.0),
           Limits(wall_seconds=2), watched=("survivor", "time", "next", "zygote")),
    Attack("answers the last call and waits for another",
           _FORGE + "os.write(3, frame()); next_call(); os.write(3, frame()); next_call()", answers(6.0),
           Limits(wall_seconds=2), watched=("survivor", "time", "next", "zygote")),
    Attack("holds the channel in a thread after its answer", _FORGE + "t.start_new_thread(wait, ()); dx = 6",
           raises("RuntimeError")),
    Attack("takes away what calls are read with", _READER + "reader.detach(); dx = 6", fails("crashed")),
    Attack("prints a hidden input in the reply", hidden("text.update(stdout=repr(x), interface=0)"), answers(6.0)),
    Attack("fails with a hidden input in what it printed",
           hidden("text.update(failed=['source_too_deep', {}, None], stdout=repr(x))"), fails("not_runnable")),
    Attack("fails with a hidden input in words of its own", "digits = '0 1 2 3 4 5 6 7 8 9'" + hidden(
           "text['failed'] = ['definition_skipped', {'name': ' '.join(str(int(x * 10**6)))}, None]"), fails("not_runnable")),
    Attack("fails with a hidden input as its limit", hidden(
           "text['failed'] = ['out_of_memory', {'limit_mib': int(x * 10**6), 'cell': int(x * 10**6)}, None]"),
           fails("out_of_memory")),
    Attack("notes a hidden input as a count", hidden(
           "text['call'] = {**text['call'], 'notes': [['wrong_number_of_results', {'got': int(x * 10**6), 'expected': 1}]]}"),
           answers(6.0)),
    Attack("forges a trace with a hidden input as its line",
           _HIDDEN + f"import os; os.write(3, {_TRACE})\n    while True: pass", fails("bad_output"), SHORT),
    Attack("forges the trace of its end with a hidden input as its line",
           _HIDDEN + f"import os, time\n    while time.process_time() < 0.95: pass\n    os.write(3, {_TRACE})\n    while True: pass",
           fails("timed_out", "bad_output"), Limits(cpu_seconds=1)),
    Attack("is interrupted at a line that tells a hidden input",
           _HIDDEN + "exec(compile('\\n' * int(x * 10**6) + 'while True: pass', 'submission.py', 'exec'))",
           fails("timed_out"), SHORT),
]  # fmt: skip
