"""The command line, as a shell sees it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grader import Report, catalogue, read_exercise, template
from grader.cli import main

SUBMISSIONS = Path(__file__).parent.parent / "submissions"
RIGHT = str(SUBMISSIONS / "two-layer" / "function.py")
WRONG = str(SUBMISSIONS / "two-layer" / "no_mean.py")


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("two-layer", RIGHT), 0),
        (("two-layer", WRONG), 1),
        (("two-layer", str(SUBMISSIONS / "two-layer" / "syntax_error.py")), 2),
        (("two-layer", "no/such/file.py"), 2),
        (("no-such-exercise", RIGHT), 2),
        (("two-layer", RIGHT, WRONG), 2),
        (("multiply", "--symbolic", "dx=y", "dy=x"), 0),
        (("multiply", "--symbolic", "dx=x", "dy=x"), 1),
        (("multiply", "--symbolic", "dx"), 2),
        (("multiply", "--symbolic", "dx="), 2),
        (("multiply", "--symbolic", "dx=y", "dy=x", "dx=y"), 2),
        (("multiply", "--symbolic", "dx=y", "df/dx=x", "dy=x"), 2),
    ],
)
def test_the_exit_status_tells_right_from_wrong_from_not_run(arguments: tuple[str, ...], status: int) -> None:
    assert run("check", *arguments).exit_code == status


def test_the_answer_comes_first_and_the_entries_beside_their_witnesses() -> None:
    lines = run("check", "two-layer", WRONG).output.splitlines()
    assert lines[0] == "3 of 4 gradients are right. Start at dW2."
    assert any("dW2[0][0]" in line for line in lines)
    assert any("(n_h, n_x) = (4, 2)" in line for line in lines)


def test_json_is_a_report_with_messages() -> None:
    result = run("check", "two-layer", WRONG, "--json")
    data = json.loads(result.output)
    assert data["summary"].startswith("3 of 4")
    assert Report.from_dict(data).verdict == "mismatch"


def test_a_file_comes_from_standard_input_too() -> None:
    assert run("check", "multiply", "-", stdin="dx = y\ndy = x\n").exit_code == 0


def test_an_exception_is_shown_with_the_students_line() -> None:
    output = run("check", "two-layer", str(SUBMISSIONS / "two-layer" / "aligned.py")).output
    assert "ValueError" in output
    assert "line 12" in output


def test_messages_come_in_japanese() -> None:
    assert "正解" in run("check", "multiply", "--symbolic", "dx=y", "dy=y", "--language", "ja").output


def test_what_a_student_prints_is_not_obeyed_by_the_terminal() -> None:
    output = run("check", "multiply", "-", stdin="print('[red]x[/red]', chr(27) + '[2J')\ndx = y\ndy = x\n").output
    assert "[red]x[/red]" in output
    assert "\x1b" not in output


def test_exercises_are_listed_and_shown() -> None:
    listed = run("exercises", "list").output
    assert all(name in listed for name in catalogue())
    shown = run("exercises", "show", "add-multiply").output
    assert "f = q * z" in shown
    assert "df/dx = z" in shown
    assert "worked example: -2" in shown
    assert "(n_h, n_x)" in run("exercises", "show", "two-layer").output
    assert "(), 1 point, df/dx" in shown


def test_a_new_exercise_is_validated_and_checked_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "cube.yaml"
    file.write_text("name: cube\ninputs: {x: {}}\nforward: |\n  f = x ** 3\ngradients: [dx]\n")
    validated = run("exercises", "validate", str(file))
    assert validated.exit_code == 0
    assert "the witnesses agree" in validated.output
    assert any(line.split()[:2] == ["gradient", "at"] for line in validated.output.splitlines())
    assert "x = " in validated.output
    assert "# cube" in validated.output
    assert "def backward(x):" in validated.output or "dx = None" in validated.output
    assert "求めるもの" in run("exercises", "validate", str(file), "--language", "ja").output
    assert run("check", str(file), "--symbolic", "dx=3*x^2").exit_code == 0
    assert run("check", str(file), "--symbolic", "dx=x^4/4").exit_code == 1


@pytest.mark.parametrize(("language", "comment"), [("en", "# A new exercise."), ("ja", "# 新しい問題。")])
def test_a_new_exercise_to_change_has_comments_in_either_language(language: str, comment: str) -> None:
    written = template("mine", language)
    assert written.startswith(comment)
    assert read_exercise(written).digest == read_exercise(template("mine")).digest


@pytest.mark.parametrize(
    ("statements", "gradients", "complaint"),
    [
        ("f = x * z", "[dx]", "line 5: f = x * z: "),
        ("f = x * A", "[dx]", "line 6: dx: `f` is not a scalar"),
        ("f = sum(A @ A) * x", "[dx]", "line 5: f = sum(A @ A) * x: (n, m) @ (n, m): the inner dimensions"),
        ("f = x * sum(A) if x > 0 else sum(A)", "[dA]", None),
        ("f = sum(A) * (x > 0)", "[dA, dx]", "line 6: dx: `f` depends on `x` only through comparisons"),
        ("f = sum(A)", "[dA]", "line 3: `x` is used by nothing that is asked"),
        ("f = sum(A)", "[dA, dx]", "line 6: dx: `f` does not depend on `x`"),
        ("f = sum(log(-1 - A ** 2)) * x", "[dA, dx]", "line 4: a: no usable point in 400 draws"),
        ("f = sum(log(-1 - A ** 2)) * x", "[dA, dx]", ": a value is not finite (400 times). Give"),
        ("f = sum(relu(A / 1000)) * x", "[dA, dx]", ": a kink is too near (400 times). Give"),
        ("f = sum(tanh(50 + A ** 2)) + x", "[dA, dx]", ": what is asked is zero, or little more than rounding (400"),
    ],
)
def test_an_exercise_that_cannot_be_used_is_refused_with_line_and_reason(
    tmp_path: Path, statements: str, gradients: str, complaint: str | None
) -> None:
    file = tmp_path / "a.yaml"
    inputs = "{x: {}, A: {shape: [n, m]}}"
    file.write_text(
        f"name: a\ndimensions: {{n: 2, m: 3}}\ninputs: {inputs}\nforward: |\n  {statements}\ngradients: {gradients}\n"
    )
    result = run("exercises", "validate", str(file))
    assert (result.exit_code == 0) == (complaint is None), result.output
    assert complaint is None or complaint in result.output


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name: [\n", "line 2: not readable as YAML"),
        ("name: a\ninputs: {x: {}}\nforward: |\n  f = x +\ngradients: [dx]\n", "line 4: f = x +: "),
        ("\udcff", "not UTF-8"),
    ],
)
def test_an_unreadable_exercise_is_refused_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    result = run("exercises", "validate", str(file))
    assert result.exit_code == 2
    assert complaint in result.output
