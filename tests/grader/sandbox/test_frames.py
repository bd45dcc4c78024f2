"""Replies that anybody may have written: whatever they are, they are decoded to an outcome or refused."""

import io
import json
import socket
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.candidate import Array, Missing, NotArray
from grader.messages import LANGUAGES, in_words
from grader.sandbox import Call, Failed, Job, Limits
from grader.sandbox.frames import BadReply, Replies, encode_job
from grader.sandbox.inside import wire
from tests.grader.sandbox.jobs import SCRIPT, number, script

TWO = Job("\n\nsecret = 1", False, (SCRIPT,), ("x",), (Call({"x": 1}, ("dx", "dy")), Call({"x": 2}, ("dx",))))
ANSWERS = [wire.Answer("array", "ndarray", np.array([[1.0, np.nan]])), wire.Answer("missing")]
HIDDEN = [wire.Answer("not_array", "str")]


def call(types: int, **parts: Any) -> dict[str, Any]:
    return {"types": ["float"] * types, "raised": None, "notes": [], **parts}


def text(**parts: Any) -> dict[str, Any]:
    return {"failed": None, "interface": 0, "stdout": "", "notes": [], "call": call(2), **parts}


def decode(*replies: bytes, job: Job = TWO) -> Replies | Failed:
    """What has come in by these replies, to the calls from the first."""
    read = Replies(job, Limits())
    for data in replies:
        if failed := read.add(data):
            return failed
    return read


def reply(hidden: dict[str, Any] | None = None, **parts: Any) -> Replies:
    """Both of TWO's replies, the first with other `parts`, the second with what a `hidden` call tells."""
    second = {"failed": None, "call": hidden or call(1)}
    read = decode(wire.encode_reply(ANSWERS, text(**parts)), wire.encode_reply(HIDDEN, second))
    assert isinstance(read, Replies)
    return read


def test_what_is_encoded_is_decoded() -> None:
    outcome = reply(stdout="hello\n", notes=[["stdout_cut", {"limit": 6}]])
    first, second = outcome.answers
    assert isinstance(first.candidates["dx"], Array)
    np.testing.assert_array_equal(first.candidates["dx"].value, [[1.0, np.nan]])
    assert (first.candidates["dy"], second.candidates["dx"]) == (Missing(), NotArray("float"))
    assert (outcome.stdout, outcome.notes) == ("hello\n", (("stdout_cut", {"limit": 6}),))


def test_a_decoded_array_is_nobodys_memory_but_its_own() -> None:
    found = reply().answers[0].candidates["dx"]
    assert isinstance(found, Array)
    assert found.value.flags.owndata or found.value.base is not None
    found.value[0, 0] = 7.0  # writable: not a view of the reply


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200))
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(BadReply):
        decode(data)


@settings(deadline=None, max_examples=300)
@given(numbers=st.binary(max_size=60), words=st.binary(max_size=60))
def test_garbage_in_a_right_frame_is_refused(numbers: bytes, words: bytes) -> None:
    with pytest.raises(BadReply):
        decode(wire.HEAD.pack(wire.REPLY_MAGIC, len(numbers), len(words)) + numbers + words)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(["failed", "interface", "stdout", "notes", "call"]), _JSON)
def test_any_text_is_decoded_or_refused(part: str, value: Any) -> None:
    try:
        outcome = decode(wire.encode_reply(ANSWERS, text(**{part: value})))
    except BadReply:
        return
    assert isinstance(outcome, (Replies, Failed))


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_a_reply_with_any_byte_changed_is_decoded_or_refused(data: st.DataObject) -> None:
    frame = bytearray(wire.encode_reply(ANSWERS, text()))
    place = data.draw(st.integers(0, len(frame) - 1))
    frame[place] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(frame))
    except BadReply:
        pass


@pytest.mark.parametrize(
    "parts",
    [
        {"interface": 1},
        {"interface": -1},
        {"interface": True},
        {"stdout": "x" * (16 << 10 | 1)},
        {"stdout": None},
        {"notes": [["no_such_code", {}]]},
        {"notes": [["stdout_cut", {}]]},
        {"notes": [["stdout_cut", {"limit": "6"}]]},
        {"notes": [["stdout_cut", {"limit": 6, "more": 1}]]},
        {"notes": [["input_changed", {"name": "somebody"}]]},
        {"notes": [["input_changed", {"name": ["x"]}]]},
        {"notes": [["stdout_cut", {"limit": 6}]] * 65},
        {"call": []},
        {"call": [call(2)]},
        {"call": call(1)},
        {"call": call(2, raised=["E", "", None])},
        {"call": call(2, raised=["E", "x" * 5000, None, ""])},
        {"call": call(2, raised=["E", "", -1, ""])},
        {"failed": ["sandbox_error", {}, None]},
        {"failed": ["forbidden", {}, None]},
        {"failed": ["syntax_error", {}, None]},
    ],
)
def test_a_text_that_is_not_as_agreed_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(BadReply):
        decode(wire.encode_reply(ANSWERS, text(**parts)))


def test_text_nested_too_deeply_is_refused() -> None:
    words = b'{"stdout": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(BadReply):
        decode(wire.HEAD.pack(wire.REPLY_MAGIC, 0, len(words)) + words)


def test_a_number_of_a_megabyte_is_refused() -> None:
    words = b'{"stdout": ' + b"9" * 1_000_000 + b"}"
    with pytest.raises(BadReply):
        decode(wire.HEAD.pack(wire.REPLY_MAGIC, 0, len(words)) + words)


@pytest.mark.parametrize(
    "shape", [(2**32 - 1,), (1001, 1000), (0, 2**32 - 1), (2**16, 2**16), (2**31, 2**31, 2**31), (1,) * 8 + (1,)]
)
def test_an_array_that_is_too_large_is_refused_before_it_is_made(shape: tuple[int, ...]) -> None:
    numbers = wire.SHAPE.pack(3, len(shape), *[*shape, *[0] * 8][:8]) + bytes(8)
    words = json.dumps(text(call=call(1))).encode()
    job = script("", 1.0)
    with pytest.raises(BadReply):
        decode(wire.HEAD.pack(wire.REPLY_MAGIC, len(numbers), len(words)) + numbers + words, job=job)


@pytest.mark.parametrize("bytes_less", [1, 8, 16, 33, 34, 67, 68, -1, -8])
def test_numbers_cut_off_or_too_many_are_refused(bytes_less: int) -> None:
    shapes = wire.SHAPE.pack(3, 1, 2, *[0] * 7) + wire.SHAPE.pack(0, *[0] * 9)
    numbers = (shapes + bytes(16))[: 84 - bytes_less] + bytes(max(0, -bytes_less))
    assert isinstance(decode(_two_answers(shapes + bytes(16))), Replies)
    with pytest.raises(BadReply):
        decode(_two_answers(numbers))


def _two_answers(numbers: bytes) -> bytes:
    words = json.dumps(text()).encode()
    return wire.HEAD.pack(wire.REPLY_MAGIC, len(numbers), len(words)) + numbers + words


def test_an_empty_array_is_an_array() -> None:
    answer = wire.Answer("array", "ndarray", np.zeros((0, 3)))
    outcome = decode(wire.encode_reply([answer], text(call=call(1))), job=script("", 1.0))
    assert isinstance(outcome, Replies)
    found = outcome.answers[0].candidates["dx"]
    assert isinstance(found, Array)
    assert found.value.shape == (0, 3)


def test_what_is_unprintable_is_shown_and_not_obeyed() -> None:
    outcome = reply(stdout="a\0b\x1b[31mc\ud800d\u202ee\r\nf\rg\th")
    assert outcome.stdout == "a\ufffdb\ufffd[31mc\ufffdd\ufffde\nf\ng\th"
    outcome.stdout.encode()


def test_a_hidden_call_tells_no_text_of_the_students_own() -> None:
    raised = ["x is 0.123", "x is 0.123", 3, "x is 0.123"]
    notes = [["result_not_understood", {"got": "x is 0.123"}], ["returned_nothing", {}]]
    hidden = {"types": ["x is 0.123"], "raised": raised, "notes": notes}
    outcome = reply(hidden, call=call(2, raised=raised, notes=notes))
    assert "0.123" in str(outcome.answers[0])
    assert "0.123" not in str(outcome.answers[1])
    assert outcome.answers[1].notes == (("returned_nothing", {}),)
    assert outcome.answers[1].raised is not None
    assert (outcome.answers[1].raised.type, outcome.answers[1].raised.line) == ("Exception", 3)


def test_an_exception_of_pythons_own_is_named_in_a_hidden_call_too() -> None:
    raised = ["ZeroDivisionError", "division by zero", 3, ""]
    outcome = reply(call(1, raised=raised))
    assert outcome.answers[1].raised is not None
    assert (outcome.answers[1].raised.type, outcome.answers[1].raised.message) == ("ZeroDivisionError", "")


def test_what_does_not_fit_into_a_reply_is_told_and_not_sent() -> None:
    large = wire.Answer("array", "ndarray", np.broadcast_to(1.0, (1000, 1000)))
    data = wire.encode_reply([large] * 10, text(call=call(10)))
    assert len(data) < wire.MAX_DATA + wire.MAX_TEXT
    job = Job("", False, (SCRIPT,), (), (Call({}, tuple("abcdefghij")),))
    found = decode(data, job=job)
    assert isinstance(found, Replies)
    kinds = [type(candidate) for candidate in found.answers[0].candidates.values()]
    assert kinds == [Array] * 4 + [NotArray] * 6


@pytest.mark.parametrize("value", [np.array("text"), np.array([1j]), np.array([None]), "text"])
def test_a_job_gives_numbers_only(value: Any) -> None:
    job = Job("", False, (SCRIPT,), (), (Call({"x": value}, ("dx",)),))
    with pytest.raises(ValueError, match="x is"):
        encode_job(job, Limits())


def test_a_job_and_its_calls_are_decoded_as_they_were() -> None:
    values = {"n": 3, "X": np.arange(6.0).reshape(2, 3), "y": np.array([1, 2]), "s": np.array(0.5)}
    calls = (Call(values, ("dx",)), Call({"n": 4}, (), construct_only=True))
    first, second = encode_job(Job("é", True, (SCRIPT,), ("X",), calls), Limits())
    reader = io.BytesIO(first)
    work, call = wire.read_job(reader), wire.read_call(reader)
    assert (work.source, work.notebook, work.inputs) == ("é", True, ["X"])
    assert (call.asks, call.construct_only) == (("dx",), False)
    assert call.values["n"] == 3
    for name in ("X", "y", "s"):
        np.testing.assert_array_equal(call.values[name], values[name])
        assert call.values[name].dtype == np.asarray(values[name]).dtype
    with pytest.raises(EOFError):
        wire.read_call(reader)  # the second one has not been sent
    assert wire.read_call(io.BytesIO(second)) == wire.CallWork({"n": 4}, (), True)


OURS = {
    "timed_out": {"seconds": 5.0},
    "cpu_time_exceeded": {"seconds": 5},
    "out_of_memory": {"limit_mib": 600},
    "crashed": {"signal": "SIGSEGV"},
    "exited": {"status": 1},
    "bad_output": {},
    "forbidden": {},
    "sandbox_error": {"reason": "x"},
}
THEIRS = {code: dict.fromkeys(parameters, "x") for code, parameters in wire.NOTES.items()}
THEIRS |= {code: dict.fromkeys(parameters, "x") for code, (_, parameters) in wire.FAILURES.items()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("code", "parameters"), (OURS | THEIRS).items())
def test_every_code_has_words_that_its_parameters_fill(code: str, parameters: dict[str, Any], language: str) -> None:
    told = in_words(code, {"line": 1, **parameters}, language)
    assert "?" not in told.replace("Is there a `return` at the end?", "")


def test_a_number_that_came_back_is_the_number() -> None:
    values = [0.1, -0.0, 5e-324, 1.7976931348623157e308, np.inf, -np.inf]
    answer = wire.Answer("array", "ndarray", np.array(values))
    outcome = decode(wire.encode_reply([answer], text(call=call(1))), job=script("", 1.0))
    assert isinstance(outcome, Replies)
    assert number(outcome.answers[0].candidates["dx"]) == values


def test_a_reply_announces_its_length_and_garbage_has_none() -> None:
    whole = wire.encode_reply(HIDDEN, {"failed": None})
    assert wire.announced(whole[: wire.HEAD.size]) == len(whole)
    assert wire.announced(b"garbage that is as long as a frame's head") == 0


def test_a_failure_in_a_hidden_call_is_told_in_the_submissions_own_words_only() -> None:
    """Whoever forges one has seen that call's inputs."""

    def told(text: str) -> Any:
        forged = {"failed": ["definition_skipped", {"name": text}, 3]}
        failed = decode(wire.encode_reply(ANSWERS, text_of_first), wire.encode_reply([], forged))
        assert isinstance(failed, Failed)
        return failed.parameters["name"], failed.stdout

    text_of_first = text(stdout="shown")
    assert told("secret") == ("secret", "shown")
    assert told("x is 0.123") == ("…", "shown")


def test_what_a_child_writes_is_sent_before_it_waits_for_more_and_not_sooner() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"two calls")
        talk = wire.Channel(theirs.fileno())
        reader = io.BufferedReader(talk)
        assert reader.read(3) == b"two"
        talk.write(b"one reply, ")
        assert reader.read(6) == b" calls"  # was here already
        talk.write(b"another")
        with pytest.raises(BlockingIOError):
            ours.recv(100, socket.MSG_DONTWAIT)
        ours.shutdown(socket.SHUT_WR)
        assert reader.read(1) == b""
        assert ours.recv(100, socket.MSG_DONTWAIT) == b"one reply, another"
        talk.write(bytes(wire.AHEAD))  # so much is not kept
        assert len(ours.recv(2 * wire.AHEAD, socket.MSG_DONTWAIT | socket.MSG_WAITALL)) == wire.AHEAD
