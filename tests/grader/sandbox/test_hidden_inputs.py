"""The inputs of hidden calls reach the student's process when the worked example has been answered, and never sooner.

The worked example's x is SHOWN or 3, the hidden call's is HIDDEN.
"""

import struct

from grader.sandbox import Limits, Sandbox
from tests.grader.sandbox.jobs import failed, finished, number, script
from tests.grader.sandbox.spy import search

SHOWN, HIDDEN = 2.6104837295018, 0.1942750183746
_TOLD = '{"failed": null, "call": {"types": ["float"], "raised": null, "notes": []}, ' + (
    '"interface": 0, "notes": [], "stdout": ""}'
)
FORGE = f"""
import os, struct

def forge(dx):
    told, numbers = {_TOLD!r}.encode(), struct.pack("<BB32xd", 3, 0, dx)
    os.write(3, struct.pack("<4sII", b"GGr2", len(numbers), len(told)) + numbers + told)
"""


def in_bytes(x: float) -> bytes:
    return struct.pack("<d", x)


def test_a_search_through_memory_finds_no_hidden_input_before_the_worked_example_is_answered(sandbox: Sandbox) -> None:
    outcome = finished(sandbox.run(script(search(in_bytes(SHOWN), in_bytes(HIDDEN)), SHOWN, HIDDEN)))
    assert [number(answers.candidates["dx"]) for answers in outcome.answers] == [[1.0, 0.0], [1.0, 1.0]]


def test_hidden_calls_cannot_be_read_before_the_worked_example_is_answered(sandbox: Sandbox) -> None:
    source = "import os\ndx = 6\nprint(os.read(3, 1000))"
    outcome = failed(sandbox.run(script(source, 3.0, HIDDEN), Limits(wall_seconds=0.3)))
    assert (outcome.status, outcome.line, outcome.stdout) == ("timed_out", 3, "")


def test_who_forges_an_answer_to_see_the_next_call_has_answered(sandbox: Sandbox) -> None:
    """The first whole reply stands, and nothing that is shown comes after it."""
    source = FORGE + (
        "forge(0.25)\n"
        "told = os.read(3, 100_000)\n"
        "print('the hidden x is', struct.unpack('<d', told[-8:]))\n"
        "forge(struct.unpack('<d', told[-8:])[0])\n"
        "dx = 6\n"
        "os._exit(0)\n"
    )
    outcome = finished(sandbox.run(script(source, 3.0, HIDDEN)))
    assert [number(answers.candidates["dx"]) for answers in outcome.answers] == [0.25, HIDDEN]
    assert outcome.stdout == ""


def test_answers_given_ahead_are_too_many(sandbox: Sandbox) -> None:
    source = FORGE + "one = os.write\nframes = []\nos.write = lambda _, data: frames.append(data)\n"
    source += "forge(6.0)\nforge(7.0)\none(3, b''.join(frames))\ndx = 6\n"
    assert failed(sandbox.run(script(source, 3.0, HIDDEN))).status == "bad_output"


def test_what_hidden_calls_print_or_say_is_not_shown(sandbox: Sandbox) -> None:
    source = "print(x)\nif x != 3: raise type(f'Hidden{x}', (Exception,), {})(str(x))\ndx = 6"
    outcome = finished(sandbox.run(script(source, 3.0, HIDDEN)))
    assert outcome.stdout == "3.0\n"
    assert str(HIDDEN) not in str(outcome)


def test_a_line_that_the_submission_does_not_have_is_no_line(sandbox: Sandbox) -> None:
    """Else a hidden call could tell thirty bits of its input by the line where it raises."""
    source = "dx = 6\nif x != 3: exec(compile('\\n' * int(x) + '1 / 0', 'submission.py', 'exec'))"
    outcome = finished(sandbox.run(script(source, 3.0, 1234.0)))
    raised = outcome.answers[1].raised
    assert raised is not None
    assert (raised.type, raised.line) == ("ZeroDivisionError", None)
