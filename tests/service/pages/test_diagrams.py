"""What a reader sees of a circuit: before handing in no gradient, on a report what it shows anyhow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest

from grader import Code, Report, Sandbox, Symbols, catalogue, grade, read_exercise, trial_set
from service.pages.diagrams import Line, circuit
from tests.service.conftest import Embedded, Parts, make_parts

SWAPPED = {"dq": "z", "dz": "x - y", "dx": "z"}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """The school, of which no process runs."""
    with make_parts(Embedded(tmp_path_factory.mktemp("school")), tmp_path_factory.mktemp("parts")) as parts:
        yield parts


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as one:
        yield one


@pytest.fixture(autouse=True)
def _asked_for(school: Parts) -> Iterator[None]:
    """A request, whose reader the words are for."""
    with school.app.test_request_context():
        yield


def report_on(exercise: str, answers: dict[str, str] | str, sandbox: Sandbox) -> Report:
    found = catalogue()[exercise]
    submission = Symbols(answers) if isinstance(answers, dict) else Code(answers)
    return grade(found, submission, trial_set(found, b"tests", 0), sandbox)


def shown(exercise: str, report: Report | None = None, partly: bool = False) -> dict[str, Line]:
    found = circuit(catalogue()[exercise], report, partly)
    return {line.element.name or line.element.operation: line for line in found}


def gradients(found: dict[str, Line]) -> dict[str, str]:
    """Gradient and tone by element."""
    return {
        name: f"{line.gradient.text} {line.look.tone if line.look else ''}".strip()
        for name, line in found.items()
        if line.gradient
    }


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_before_handing_in_no_gradient_is_shown_but_the_one_it_begins_with(name: str) -> None:
    found = circuit(catalogue()[name])
    given = [line.gradient.text for line in found if line.gradient and line.gradient.text != "?"]
    assert given == (["1"] if found else [])
    assert not any(line.exact or line.swept for line in found)
    assert {share.text for line in found for share in line.passed if share} <= {"?"}
    assert all(line.value.text == "?" for line in found if line.element.answer)


def test_an_exercise_whose_example_has_no_values_has_no_drawing() -> None:
    given = "name: log\ninputs: {x: {}}\nworked: {x: -1}\n"
    assert circuit(read_exercise(f"{given}forward: |\n  f = log(x)\ngradients: [dx]\n")) == []


def test_what_is_computed_from_a_value_that_is_asked_is_not_shown_either() -> None:
    found = shown("middle-layer")
    assert (found["U"].value.text == "?", found["Y"].value.text) == (False, "?")
    assert found["sum(grad_y * Y)"].value.text == "?"


def test_on_a_report_are_the_students_gradients_with_their_verdicts(sandbox: Sandbox) -> None:
    found = shown("add-multiply", report_on("add-multiply", SWAPPED, sandbox))
    assert gradients(found) == {
        "x": "-4 right", "y": "? wrong", "z": "-7 wrong", "q": "-4 right", "f": "1",
    }  # fmt: skip


def test_a_report_that_is_wholly_shown_tells_what_arrives_and_what_is_passed_on_at_every_step(sandbox: Sandbox) -> None:
    report = report_on("sigmoid-neuron", {"ddot": "f*f*(1-f)", "dw0": "f*(1-f)*x0"}, sandbox)
    found = shown("sigmoid-neuron", report)
    assert gradients(found)["exp(-dot)"] == "-0.5344"
    assert [share.text for share in found["1 + exp(-dot)"].passed if share] == ["-0.5344"]
    assert gradients(found)["dot"] == "0.1437 wrong"
    assert [exact.text for exact in (found["dot"].exact, found["x0"].exact) if exact] == ["0.1966", "0.3932"]
    assert (gradients(found)["x0"], found["w0"].exact) == ("? wrong", None)
    partly = shown("sigmoid-neuron", report, partly=True)
    assert {line.gradient.text for line in partly.values() if line.gradient} == {"1", "?"}
    assert not any(line.exact or line.swept for line in partly.values())
    assert {share.text for line in partly.values() for share in line.passed if share} == {"?"}


def test_what_an_interface_does_not_return_is_told_beside_a_report_and_open_before_it(sandbox: Sandbox) -> None:
    source = (
        "import numpy as np\ndef backward_propagation(parameters, cache, X, Y):\n"
        "    m = X.shape[1]\n    dZ2 = cache['A2'] - Y\n    dZ1 = parameters['W2'].T @ dZ2 * (1 - cache['A1'] ** 2)\n"
        "    return {'dW1': dZ1 @ X.T / m, 'db1': dZ1.sum(1, keepdims=True) / m,\n"
        "            'dW2': dZ2 @ cache['A1'].T / m, 'db2': dZ2.sum(1, keepdims=True) / m}\n"
    )
    report = report_on("two-layer", source, sandbox)
    assert report.verdict == "match"
    found = shown("two-layer", report)
    assert gradients(shown("two-layer"))["Z1"] == "?"
    assert found["Z1"].gradient
    assert found["Z1"].gradient.rows
    assert (found["Z1"].look, found["Z1"].swept_name) == (None, "∂J/∂Z1")
    assert "right" in gradients(found)["W1"]
    assert found["W1"].gradient
    assert found["W1"].gradient.rows
    assert len(found["W1"].gradient.rows) == 4


def test_of_a_large_wrong_array_is_told_how_much_of_it_is_wrong(sandbox: Sandbox) -> None:
    report = report_on("two-layer", "import numpy as np\ndW1 = np.ones((4, 2))\ndb2 = np.array([[1.0]])\n", sandbox)
    found = gradients(shown("two-layer", report))
    assert (found["W1"], found["b2"], found["b1"]) == ("8 of 8 differ wrong", "1 wrong", "? wrong")


def test_where_verdicts_only_are_shown_no_gradient_is(sandbox: Sandbox) -> None:
    found = shown("add-multiply", report_on("add-multiply", SWAPPED, sandbox), partly=True)
    assert gradients(found) == {"x": "? right", "y": "? wrong", "z": "? wrong", "q": "? right", "f": "1"}


def test_a_report_of_another_shape_than_the_exercise_has_still_has_its_page(sandbox: Sandbox) -> None:
    report = report_on("add-multiply", SWAPPED, sandbox)
    assert gradients(shown("multiply", replace(report, gradients=report.gradients[:1])))["x"] == "-3"


def test_the_page_says_in_words_what_the_drawing_shows(school: Parts) -> None:
    client = school.app.test_client()
    client.get(f"/sign-in/{school.school.tokens['student']}")
    page = unescape(client.get("/exercises/max-multiply?language=en").text)
    table = page[page.index("<details open><summary>As a table") :]
    for row in (r"p</code>.*?x \* y.*?-12", r"q</code>.*?max\(z, w\).*?2", r"p \+ q</code>.*?-10"):
        assert re.search(row, table, re.DOTALL), row
    assert "A maximum routes" in table
    assert "A product swaps" in table
    assert "dq = " in table
