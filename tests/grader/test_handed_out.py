"""An exercise as an assignment hands it out: another policy, fewer ways to hand in, the worked example alone."""

from __future__ import annotations

import pytest

from grader import (
    SYMBOLS,
    WORKED_ONLY,
    PolicyError,
    Prover,
    Report,
    Sandbox,
    Symbols,
    catalogue,
    grade,
    read_code,
    trial_set,
)
from tests.grader.test_grade import FILES, expectations

SWAPPED = "dx = x\ndy = x\n"  # right for dy
PATH = "dfdq = -z\ndfdz = q\ndfdx = dfdq\ndfdy = dfdq\n"  # what follows from a wrong dq


def practised(exercise: str, handed_in: object, sandbox: Sandbox) -> Report:
    chosen = catalogue()[exercise]
    return grade(chosen, handed_in, trial_set(chosen, b"test", WORKED_ONLY), sandbox)  # type: ignore[arg-type] # code or symbols


def test_an_assignments_policy_goes_over_the_exercises_own_key_by_key(sandbox: Sandbox) -> None:
    exercise = catalogue()["add-multiply"]
    half = exercise.handed_out({"follow_through": "half", "float32": 0.25})
    assert (half.policy.follow_through, half.policy.float32) == (0.5, 0.25)
    assert half.policy.numerical_derivative == exercise.policy.numerical_derivative
    trials = trial_set(exercise, b"test", 0)
    scores = [
        grade(given, read_code(PATH), trials, sandbox).score
        for given in (exercise.handed_out({"follow_through": word}) for word in ("none", "half", "full"))
    ]
    assert scores == sorted(set(scores))


def test_a_policy_changes_neither_the_digest_nor_the_points_that_are_drawn() -> None:
    exercise = catalogue()["two-layer"]
    strict = exercise.handed_out({"epsilon": 1}, ["backward_propagation"])
    assert strict.digest == exercise.digest
    for ours, theirs in zip(trial_set(strict, b"s", 3), trial_set(exercise, b"s", 3), strict=True):
        assert ours.sizes == theirs.sizes
        assert all((ours.values[name] == theirs.values[name]).all() for name in ours.values)


@pytest.mark.parametrize(
    ("policy", "name"),
    [
        ({"follow_through": "some"}, "follow_through"),
        ({"follow_through": 0.5}, "follow_through"),
        ({"follow_through": ["half"]}, "follow_through"),
        ({"float32": 1.5}, "float32"),
        ({"float32": True}, "float32"),
        ({"epsilon": float("nan")}, "epsilon"),
        ({"epsilon": "none"}, "epsilon"),
        ({"kindness": 1}, "kindness"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_by_its_key(policy: dict[str, object], name: str) -> None:
    with pytest.raises(PolicyError) as refused:
        catalogue()["add"].handed_out(policy)
    assert refused.value.name == name


def test_only_the_ways_that_an_assignment_names_are_taken(sandbox: Sandbox) -> None:
    exercise = catalogue()["multiply"]
    assert SYMBOLS in exercise.ways
    assert exercise.handed_out(interfaces=None).accepts_symbols
    script = exercise.handed_out(interfaces=["script"])
    assert [interface.name for interface in script.interfaces] == ["script"]
    assert (script.accepts_code, script.accepts_symbols) == (True, False)
    symbols = exercise.handed_out(interfaces=[SYMBOLS])
    assert (symbols.accepts_code, symbols.accepts_symbols) == (False, True)
    assert SYMBOLS not in catalogue()["difference-quotient"].ways
    network = catalogue()["two-layer"]
    only = network.handed_out(interfaces=["backward_propagation"])
    as_script = read_code("dW1 = db1 = dW2 = db2 = 0\n")
    trials = trial_set(network, b"test", 0)
    assert grade(network, as_script, trials, sandbox).interface == "script"
    refused = grade(only, as_script, trials, sandbox)
    assert (refused.verdict, refused.interface) == ("not_run", None)


def test_where_a_new_version_has_none_of_the_ways_that_an_assignment_names_all_are_taken() -> None:
    exercise = catalogue()["multiply"]
    orphaned = exercise.handed_out(interfaces=["of_an_older_version"])
    assert (orphaned.accepts_code, orphaned.accepts_symbols) == (True, True)
    assert orphaned.interfaces == exercise.interfaces
    partly = exercise.handed_out(interfaces=["of_an_older_version", "script"])
    assert (partly.accepts_code, partly.accepts_symbols) == (True, False)


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_what_is_right_is_right_on_the_worked_example_alone_and_the_report_says_so(name: str, sandbox: Sandbox) -> None:
    file = next((f for f in FILES if f.parent.name == name and "right" in expectations(f.read_text("utf-8"))), None)
    assert file is not None
    report = practised(name, read_code(file.read_text("utf-8")), sandbox)
    assert report.verdict == "match"
    assert report.trials == 1
    assert report.notes[0].code == "worked_example_only"


def test_on_the_worked_example_alone_a_constant_passes_and_nothing_is_called_proved(sandbox: Sandbox) -> None:
    worked = trial_set(catalogue()["multiply"], b"test", WORKED_ONLY).trials[0].values
    code = practised("multiply", read_code(f"dx = {worked['y']}\ndy = {worked['x']}\n"), sandbox)
    symbols = practised("multiply", Symbols({"dx": str(worked["y"]), "dy": "x"}), sandbox)
    for report in (code, symbols):
        assert (report.verdict, report.notes[0].code) == ("match", "worked_example_only")
    assert Prover().prove(catalogue()["multiply"], symbols) == symbols
    wrong = practised("multiply", Symbols({"dx": "x", "dy": "x"}), sandbox)
    assert [g.verdict for g in wrong.gradients] == ["mismatch", "match"]
    assert practised("multiply", read_code(SWAPPED), sandbox).verdict == "mismatch"
