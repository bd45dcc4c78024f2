"""One slip inside the mean loss's convention costs what that slip costs; what is divided twice is still named so."""

from __future__ import annotations

import pytest

from grader import Report, Sandbox, catalogue, grade, read_code, read_symbols, trial_set

MEAN = {
    "dZ2": "(A2 - Y) / m",
    "dW2": "dZ2 @ A1.T",
    "db2": "dZ2.sum(axis=1, keepdims=True)",
    "dZ1": "W2.T @ dZ2 * (1 - A1**2)",
    "dW1": "dZ1 @ X.T",
    "db1": "dZ1.sum(axis=1, keepdims=True)",
}
SUMMED = {n: v if n.startswith("dZ") else f"{v} / m" for n, v in {**MEAN, "dZ2": "A2 - Y"}.items()}
NOTE = "convention_mean_loss"


def report(lines: dict[str, str], sandbox: Sandbox, number: int = 0, **instead: str) -> Report:
    """On `lines` with some of them others; a line without anything is left out."""
    source = "\n".join(f"{name} = {value}" for name, value in {**lines, **instead}.items() if value)
    exercise = catalogue()["two-layer"]
    return grade(exercise, read_code(f"import numpy as np\n{source}"), trial_set(exercise, b"test", number), sandbox)


def wrong(found: Report) -> dict[str, str]:
    """What is not right: the names of its mistakes with their places, or what it follows from."""
    return {
        g.name: g.follows_from or " ".join(f"{f.code}@{f.at}" for f in g.findings) or g.verdict
        for g in found.gradients
        if g.verdict != "match"
    }


def in_convention(found: Report) -> set[str]:
    return {g.name for g in found.gradients if NOTE in {n.code for n in g.notes}}


FOLLOWING = {"dW1": "dZ1", "db1": "dZ1"}
INNER = "(W2.T @ dZ2 * (1 - A1**2))"


@pytest.mark.parametrize("number", [0, 3])
@pytest.mark.parametrize(
    ("instead", "told", "convention", "score"),
    [
        ({"dZ1": "W2.T @ dZ2"}, {"dZ1": "activation_derivative_missing@A1", **FOLLOWING}, {"dZ2"}, 7),
        (
            {"dZ1": "W2.T @ dZ2 * (1 - Z1**2)"},
            {"dZ1": "activation_derivative_at_wrong_value@A1", **FOLLOWING},
            {"dZ2"},
            7,
        ),
        ({"dZ1": "np.cos(W2.T @ dZ2) * A1"}, {"dZ1": "mismatch", **FOLLOWING}, {"dZ2"}, 7),
        (
            {"dZ2": "(Y - A2) / m"},
            {"dZ2": "sign@dZ2", "dW2": "dZ2", "db2": "dZ2", "dZ1": "dZ2", **FOLLOWING},
            set(),
            7,
        ),
        (
            {"dZ2": "2 * (A2 - Y) * A2 * (1 - A2) / m"},
            {"dZ2": "other_loss@dA2", "dW2": "dZ2", "db2": "dZ2", "dZ1": "dZ2", **FOLLOWING},
            set(),
            7,
        ),
        (
            {"dZ2": "", "dZ1": "W2.T @ (A2 - Y) / m", "dW2": "(A2 - Y) @ A1.T / m", "db2": "np.c_[(A2 - Y).mean(1)]"},
            {"dZ2": "missing@dZ2", "dZ1": "activation_derivative_missing@A1", **FOLLOWING}, set(), 6,
        ),
        (
            {"dZ1": "", "dW1": f"{INNER} @ X.T", "db1": f"{INNER}.sum(1, keepdims=True)"},
            {"dZ1": "missing@dZ1"},
            {"dZ2"},
            7,
        ),
        ({"db1": "dZ1.mean(1, keepdims=True)"}, {"db1": "averaged_twice@db1"}, {"dZ2", "dZ1"}, 7),
        ({"dW2": "dZ2 @ A1.T / m"}, {"dW2": "averaged_twice@dW2"}, {"dZ2", "dZ1"}, 6),
        ({"dW1": "-dZ1 @ X.T"}, {"dW1": "sign@dW1"}, {"dZ2", "dZ1"}, 6),
        ({}, {}, {"dZ2", "dZ1"}, 8),
    ],
)  # fmt: skip
def test_a_slip_in_the_convention_of_the_mean_loss_is_the_only_mistake(
    instead: dict[str, str], told: dict[str, str], convention: set[str], score: float, number: int, sandbox: Sandbox
) -> None:
    found = report(MEAN, sandbox, number, **instead)
    assert wrong(found) == told
    assert in_convention(found) == convention
    judged_so = {g.name for g in found.gradients if "judged_as_mean_loss" in {n.code for n in g.notes}}
    assert judged_so == {name for name in ("dZ2", "dZ1") if told.get(name, "missing@" + name) != "missing@" + name}
    assert found.score == pytest.approx(score)


TWICE = {"dZ2": "averaged_twice@dZ2", "dW2": "dZ2", "dZ1": "dZ2"}


@pytest.mark.parametrize(
    ("lines", "instead", "told"),
    [
        (SUMMED, {"dZ2": "(A2 - Y) / m"}, {**TWICE, "db2": "dZ2", **FOLLOWING}),
        (MEAN, {"dW2": SUMMED["dW2"], **dict.fromkeys(("db2", "dZ1", "dW1", "db1"), "")},
         {"dZ2": TWICE["dZ2"], "dW2": "dZ2"}),
        (SUMMED, {"dZ1": "W2.T @ dZ2 * (1 - A1**2) / m"}, {"dZ1": "averaged_twice@dZ1", **FOLLOWING}),
        (SUMMED, {"dZ1": "W2.T @ dZ2 * (1 - A1**2) / m", "dW1": MEAN["dW1"], "db1": MEAN["db1"]},
         {"dZ1": "averaged_twice@dZ1"}),
        (MEAN, {"dZ1": "W2.T @ (A2 - Y) * (1 - A1**2)", "dW1": SUMMED["dW1"], "db1": SUMMED["db1"]},
         {"dZ2": "averaged_twice@dZ2"}),
    ],
)  # fmt: skip
def test_what_is_averaged_twice_is_no_convention(
    lines: dict[str, str], instead: dict[str, str], told: dict[str, str], sandbox: Sandbox
) -> None:
    found = report(lines, sandbox, **instead)
    assert {name: said for name, said in wrong(found).items() if not said.startswith("missing")} == told
    assert not in_convention(found)


@pytest.mark.parametrize("error", ["Y - A2", "2 * (A2 - Y)", "2 * (A2 - Y) * A2 * (1 - A2)", "A2"])
def test_a_division_that_is_nowhere_is_no_convention_beside_another_mistake(error: str, sandbox: Sandbox) -> None:
    found = report(MEAN, sandbox, dZ2=error)
    assert {"dZ2", "dW2"} <= {g.name for g in found.gradients if g.verdict == "mismatch"}
    assert found.score <= 5
    assert any(f.code == "not_averaged" for g in found.gradients for f in g.findings)


@pytest.mark.parametrize("error", ["Y - A2", "2 * (A2 - Y)", "np.cos(7 * A2)"])
def test_a_mistake_in_the_summed_convention_stays_in_it(error: str, sandbox: Sandbox) -> None:
    found = report(SUMMED, sandbox, dZ2=error)
    assert [g.verdict for g in found.gradients] == ["mismatch", *["follow_through"] * 5]
    assert not in_convention(found)


def test_symbols_are_held_to_the_same_convention(sandbox: Sandbox) -> None:
    exercise = catalogue()["two-layer"]
    answers = {
        "dZ2": "(A2 - Y)/m", "dW2": "dZ2 @ A1.T", "db2": "sum(dZ2, axis=1, keepdims=True)", "dZ1": "W2.T @ dZ2",
        "dW1": "dZ1 @ X.T", "db1": "sum(dZ1, axis=1, keepdims=True)",
    }  # fmt: skip
    found = grade(exercise, read_symbols(answers), trial_set(exercise, b"test", 0), sandbox)
    assert wrong(found) == {"dZ1": "activation_derivative_missing@A1", **FOLLOWING}
    assert in_convention(found) == {"dZ2"}
