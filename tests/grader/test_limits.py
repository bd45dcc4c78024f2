"""The limits that an exercise states, and those that hold wherever it is graded."""

import pytest

from grader import Code, Limits, Report, Sandbox, catalogue, grade, read_exercise, trial_set
from grader.exercise import ExerciseError
from grader.messages import in_words

ADD = catalogue()["add"].source
ENDLESS = "dx = dy = 1\nwhile True:\n    pass"


def report(source: str, sandbox: Sandbox, limits: str) -> Report:
    exercise = read_exercise(ADD + limits)
    return grade(exercise, Code(source, False), trial_set(exercise, b"test", 0), sandbox)


def test_an_exercise_states_its_limits_in_handy_units() -> None:
    limits = "limits: {wall_seconds: 2.5, cpu_seconds: 2, memory_mib: 300, output_kib: 4}\n"
    stated = Limits(wall_seconds=2.5, cpu_seconds=2, memory_bytes=300 << 20, stdout_bytes=4 << 10)
    assert read_exercise(ADD + limits).limits == stated
    assert read_exercise(ADD).limits == Limits()


@pytest.mark.parametrize(
    ("limits", "complaint"),
    [
        ("limits: 3", "limits is expected here"),
        ("limits: {seconds: 3}", "`seconds` is not known here; there are: cpu_seconds, memory_mib, output_kib, wall"),
        ("limits: {wall_seconds: 0}", "a number from 0.1 to 20"),
        ("limits: {wall_seconds: .nan}", "a number from 0.1 to 20"),
        ("limits: {wall_seconds: 3600}", "a number from 0.1 to 20"),
        ("limits: {cpu_seconds: 1.5}", "a whole number from 1 to 20"),
        ("limits: {memory_mib: 100}", "a whole number from 200 to 4096"),
        ("limits: {memory_mib: lots}", "a whole number from 200 to 4096"),
        ("limits: {output_kib: true}", "a whole number from 1 to 64"),
    ],
)  # fmt: skip
def test_limits_that_cannot_be_kept_are_refused_with_their_line(limits: str, complaint: str) -> None:
    with pytest.raises(ExerciseError, match=complaint) as refused:
        read_exercise(f"{ADD}{limits}\n")
    assert refused.value.line == ADD.count("\n") + 1


def test_a_breach_of_an_exercises_limit_is_reported_with_what_was_reached_and_the_line(sandbox: Sandbox) -> None:
    run = report(ENDLESS, sandbox, "limits: {wall_seconds: 0.5}\n").run
    assert (run.status, run.parameters) == ("timed_out", {"seconds": 0.5})
    assert run.line in (2, 3)
    run = report("dx = dy = 1\nlarge = np.ones(10**9)", sandbox, "limits: {memory_mib: 250}\n").run
    assert (run.status, run.line) == ("out_of_memory", 2)
    assert "250 MiB" in in_words(run.code, run.parameters)


def test_an_exercise_gets_no_more_than_the_sandbox_allows() -> None:
    with Sandbox(Limits(wall_seconds=0.3)) as sandbox:
        assert report(ENDLESS, sandbox, "limits: {wall_seconds: 10}\n").run.parameters == {"seconds": 0.3}
