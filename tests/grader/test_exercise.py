"""An exercise in YAML: what is read, and what is refused with its line."""

import time

import pytest

from grader import ExerciseError, catalogue, draw_variant, examine, read_exercise, trial_set, worked_example
from grader.program import MAX_APPLIED

CIRCUIT = """\
name: my-circuit
title: {en: Mine, ja: 私の}
inputs:
  x:
  y: {draw: "uniform(0.5, 2)"}
worked: {x: 2, y: 1e-1}
forward: |
  a = x * y
  f = a + exp(x)
gradients:
  da:
  dx: {points: 3}
"""


def changed(old: str, new: str) -> str:
    assert old in CIRCUIT
    return CIRCUIT.replace(old, new)


def test_a_circuit_is_read_with_everything_derived() -> None:
    exercise = read_exercise(CIRCUIT)
    assert exercise.title["ja"] == "私の"
    assert exercise.max_score == 4
    assert exercise.accepts_symbols
    assert [ask.name for ask in exercise.asks] == ["da", "dx"]
    assert [i.name for i in exercise.interfaces] == ["script", "backward", "Value"]
    assert exercise.inputs[1].worked == 0.1


def test_the_digest_follows_the_content_and_nothing_else() -> None:
    assert read_exercise(CIRCUIT).digest == read_exercise("# a comment\n" + CIRCUIT).digest
    assert read_exercise(CIRCUIT).digest != read_exercise(changed("exp(x)", "exp(y)")).digest


def test_the_samples_are_the_dimension_of_no_parameter() -> None:
    assert catalogue()["two-layer"].samples == "m"
    assert catalogue()["middle-layer"].samples == "h"


def test_accepted_names_of_an_answer_follow_the_objective() -> None:
    script = catalogue()["add-multiply"].interfaces[0].spec["reads"]
    names = next(read["names"] for read in script if read["pattern"] == "dz")
    assert {"dz", "dfdz", "df_dz"} <= set(names)


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ("", 1, "empty"),
        ("- a\n- b", 1, "a mapping with name"),
        ("name: [", None, "not readable as YAML"),
        (changed("name: my-circuit", "name: My Circuit!"), 1, "small letters"),
        (changed("forward: |", "foreward: |"), 7, "`foreward` is not known here"),
        (changed("  x:\n", "  x:\n  x:\n"), 5, "stands twice"),
        (changed("  x:\n", "  x: &a {}\n"), 4, "anchors"),
        (changed("  x:\n", "  x: !!python/object/apply:os.system {}\n"), 4, "tags"),
        (changed("  x:\n", "  __class__:\n"), 4, "cannot be a name"),
        (changed("  x:\n", "  exp:\n"), 4, "cannot be a name"),
        (changed("a = x * y", "a = x * z"), 8, "not a name of this exercise"),
        (changed("a + exp(x)", "9**9**9"), 9, "exponent"),
        (changed("a + exp(x)", "x.__class__"), 9, "not allowed here"),
        (changed("  dx: {points: 3}", "  dx: {points: many}"), 12, "a number of points"),
        (changed("  da:", "  dq:"), 11, "neither an input nor a step"),
        (changed("  da:", "  da: {of: a}"), 11, "does not depend"),
        (changed("  da:", "  da: {procedure: {of: f, wrt: a}}"), 11, "a procedure is asked by an input"),
        (changed("  da:", "  da: {of: y + 1}"), 11, "does not depend on `a`"),
        (changed("uniform(0.5, 2)", "uniform(2, 0.5)"), 5, "uniform(a, b) with a < b"),
        (changed("uniform(0.5, 2)", "gauss"), 5, "a draw is"),
        (changed("worked: {x: 2, y: 1e-1}", "worked: {q: 2}"), 6, "not an input"),
        (changed("  x:\n", "  x:\n  unused:\n"), 5, "used by nothing"),
        (changed("  x:\n", "  x: {shape: [n]}\n"), 4, "neither a dimension nor a size"),
        (CIRCUIT + "interfaces: [scribble]\n", 13, "an interface is"),
        (CIRCUIT + "interfaces: [{function: f, returns: [dq]}]\n", 13, "`dq` is not asked"),
        (CIRCUIT + "interfaces: [{function: f, arguments: [q]}]\n", 13, "`q` is not a value"),
        (CIRCUIT + "interfaces: [{function: __reduce__}]\n", 13, "cannot be a name in Python"),
        (CIRCUIT + "ties: maybe\n", 13, "true or false"),
        (CIRCUIT + "name: twice\n", 13, "stands twice"),
        (changed("worked: {x: 2, y: 1e-1}", "worked: {x: abc}"), 6, "numbers of shape ()"),
        (changed("worked: {x: 2, y: 1e-1}", "worked: {x: [1, 2]}"), 6, "numbers of shape ()"),
        (changed("title: {en: Mine, ja: 私の}", "title: {ja: 私の}"), 2, "a title in English"),
        (changed("title: {en: Mine, ja: 私の}", "title: " + "M" * 201), 2, "a title is one line"),
        (changed("title: {en: Mine, ja: 私の}", 'title: {en: "Mine\\nand yours"}'), 2, "a title is one line"),
        (changed("  da:", "  da: {of: f, value: x}"), 11, "one of: of (with wrt), value, random, procedure"),
        (changed("  y: {draw", "  y: {constant: 2, draw").replace("dx: {points: 3}", "dy:"), 12, "the constant `y`"),
        (CIRCUIT + "  s: {random: {std: 1, at: {n: 5}, like: x}}\n", 13, "`n` is not known here"),
        (CIRCUIT + "  s: {random: {std: 1, like: [x]}}\n", 13, "`like`, the input"),
        (CIRCUIT + "  s: {random: {std: 1, like: x}}\n", None, "no interface takes `s`"),
        (CIRCUIT + "dimensions: {" + ", ".join(f"n{i}: 2" for i in range(12)) + "}\n", 13, "at most 9 dimensions"),
        (CIRCUIT + "dimensions: {n: 2, p: n - 1}\n", 13, "a product or a sum"),
        (CIRCUIT + "choices: {g: [tanh, foo]}\n", 13, "among functions of the language"),
        (CIRCUIT + "choices: {g: [{s: igmoid}]}\n", 13, "among functions of the language"),
        (CIRCUIT + "choices: {g: [1e999, 1]}\n", 13, "among numbers"),
        (CIRCUIT + "dimensions: {n: 2, p: n * ²}\n", 13, "a product or a sum"),
        (CIRCUIT + "samples: [n]\n", 13, "a dimension"),
        (CIRCUIT + "interfaces: [{function: f, arguments: [{x: y}]}]\n", 13, "Python"),
        (changed("uniform(0.5, 2)", "uniform(0.5, 1e999)"), 5, "uniform(a, b) with a < b"),
        (CIRCUIT + "--- \nname: b\n", 13, "second document"),
        ("[" * 5_000, 1, "nested"),
        ("a: {" * 5_000, 1, "nested"),
        ("x: \"\\0\"", 1, "control character"),
        ("x: \x00", 1, "U+0000"),
        ("a: 1\n" * 20_000, None, "longer than"),
        (changed("  a = x * y", "\n".join(f"  a{i} = x + {i}" for i in range(1_500))), 208, "more than 200 statements"),
        ('"\\ud800": 1', 1, "control character"),
        (changed("a = x * y", "a = x * (1/0) * y"), 8, "`1/0` is not a finite number"),
        (changed("a = x * y", "a = x * (0-1)**(1/2) * y"), 8, "`(0 - 1)**(1/2)` is not a finite number"),
        (changed("a = x * y", "a = x * y * exp(9999)"), 8, "`exp(9999)` is not a finite number"),
        (changed("a = x * y", "t = 1e300\n  a = x * y * t**2"), 9, "is not a finite number"),
        (changed("a = x * y", f"a = x * y * {'9' * 30}e300"), 8, "too large an exponent"),
        (changed("a = x * y", f"a = x * y * 0x{'F' * 300}"), 8, "too large an exponent"),
        (changed("a = x * y", "a = x[()] * y"), 8, "not allowed here"),
        (changed("a = x * y", "a = x" + " " * 50_000 + "y"), 8, "longer than 2000"),
        (changed("a = x * y", f"a = y * {'leaky_relu(' * 30}x{')' * 30}"), 8, "too long"),
        (changed("  da:", "  da: {of: f * (1/0)}"), 11, "`1/0` is not a finite number"),
        (CIRCUIT + "  v: {value: x * (1/0)}\n", 13, "`1/0` is not a finite number"),
        (changed("uniform(0.5, 2)", "uniform(-1e308, 1e308)"), 5, "a draw is"),
        (changed("uniform(0.5, 2)", "classes(10000000000)"), 5, "a draw is"),
        (changed("uniform(0.5, 2)", "one_hot(0)"), 5, "a draw is"),
        (changed("  y: {draw: \"uniform(0.5, 2)\"}", "  y: {constant: 1e999}"), 5, "a finite number"),
        (changed("  x:\n", "  x: {draw: classes(2)}\n"), 12, "which counts classes"),
        (changed("  x:\n", f"  x: {{shape: [{'1, ' * 4_000}]}}\n"), 4, "at most 8 axes"),
        (changed("  x:\n", "  x:\n" + "".join(f"  x{i}:\n" for i in range(2_100))), 3, "at most 200 inputs"),
        (CIRCUIT + "dimensions: {n: 2, p: n * " + "9" * 5_000 + "}\n", 13, "a product or a sum"),
        (CIRCUIT + "dimensions: {n: 1, p: n" + " * n" * 9_000 + "}\n", 13, "a product or a sum"),
        (CIRCUIT + "choices: {" + ", ".join(f"c{i}: [{i}]" for i in range(2_100)) + "}\n", 13, "at most 20 choices"),
        (CIRCUIT + "choices: {c: [0x" + "F" * 28 + "]}\n", 13, "more than 30 digits"),
        ("a: &a [x,x]\n" + "\n".join(f"{c}: &{c} [*a,*a]" for c in "bcdefgh"), 1, "anchors"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_line_and_reason(text: str, line: int | None, complaint: str) -> None:
    before = time.process_time()
    with pytest.raises(ExerciseError) as refusal:
        read_exercise(text)
    assert complaint in str(refusal.value)
    assert line is None or refusal.value.line == line
    assert time.process_time() - before < 5


STARTS = """\
name: starts
dimensions: {n: 9, m: 3}
inputs:
  W: {shape: [n, m]}
forward: f = sum(W)
gradients:
  dW:
  s: {random: {mean: MEAN, std: STD, at: {n: 9, m: 300}, like: W}}
interfaces: [script, {function: begin, arguments: [n, m], returns: [s], start: true}]
"""


@pytest.mark.parametrize("moment", ["MEAN", "STD"])
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("n**n**n", "`n**n**n` is not a finite number at the sizes"),
        ("m**m", "`m**m` is not a finite number at the sizes"),
        ("n / (n - 9)", "is not a finite number at the sizes"),
        ("sqrt(n - m)", "is not a finite number at the sizes"),
        ("(n - m)**(1/2)", "is not a finite number at the sizes"),
        ("nan", "not a name"),
        ("log(0)", "`log(0)` is not a finite number"),
        ("[n, m]", "is not computed from numbers alone"),
        ("sum(one_hot([1, 2], n))", "is not computed from numbers alone"),
        ("1e0000000999999", "too large an exponent"),
        ("n[()]", "not allowed here"),
    ],
)
def test_the_moments_of_a_random_start_are_finite_numbers_at_its_sizes(moment: str, text: str, complaint: str) -> None:
    stated = STARTS.replace(moment, f'"{text}"')
    with pytest.raises(ExerciseError) as refusal:
        read_exercise(stated.replace("MEAN", "0").replace("STD", "1"))
    assert complaint in str(refusal.value)
    assert refusal.value.line == 8


def test_a_standard_deviation_may_be_zero_and_never_negative() -> None:
    stated = STARTS.replace("MEAN", "-1")
    start = read_exercise(stated.replace("STD", "0")).ask("s")
    assert (start.mean, start.std) == (-1.0, 0.0)
    with pytest.raises(ExerciseError, match="line 8: a standard deviation is not negative, and this is -291"):
        read_exercise(stated.replace("STD", "n - m"))


def a_procedure(*steps: str) -> str:
    forward = "\n".join(f"  {step}" for step in steps)
    asked = "gradients: {dx: {procedure: {wrt: x}}}\ninterfaces: [{procedure: d, arguments: [f, x]}]\n"
    return f"name: chain\ninputs: {{x: }}\nforward: |\n{forward}\n{asked}"


def test_a_procedures_function_is_written_out_over_its_inputs() -> None:
    doubled = [f"a{i + 1} = a{i} * a{i} + {i}" for i in range(8)]
    (ask,) = read_exercise(a_procedure("a0 = sin(x) # = x", *doubled)).asks
    assert ask.body.count("np.sin(x)") == 2**8
    (ask,) = read_exercise(a_procedure("a = x + 1", "b = a * a - a", "f = b / a")).asks
    assert ask.body == "((x + 1)*(x + 1) - (x + 1))/(x + 1)"


@pytest.mark.parametrize(
    "steps",
    [
        [f"a{i + 1} = a{i} * a{i} + {i}" for i in range(12)],
        [f"a{i + 1} = a{i} * a{i} + {i}" for i in range(190)],
        [f"a{i + 1} = {'exp(' * 9}a{i}{')' * 9}" for i in range(190)],
        [f"a{i + 1} = sigmoid(a{i})" for i in range(70)],  # more brackets than Python's parser takes
        [f"a{i + 1} = leaky_relu(a{i})" for i in range(70)],  # twice as long with each
    ],
    ids=["a dozen", "many", "deep", "brackets", "twice"],
)
def test_a_procedures_function_that_is_too_long_is_refused_before_it_is_written_out(steps: list[str]) -> None:
    with pytest.raises(ExerciseError, match="more than 2000 gates or is nested too deep: ask for less") as refusal:
        read_exercise(a_procedure("a0 = sin(x)", *steps))
    assert refusal.value.line == len(steps) + 5


def test_the_gates_of_all_expressions_are_bounded_however_many_are_equal() -> None:
    nested, each = f"{'a(' * 8}x{')' * 8}", 4 * (2**8 - 1) + 1
    first_too_many = MAX_APPLIED // each
    steps = "\n".join(f"  s{i} = {i} + {nested}" for i in range(190))
    text = "name: many\nchoices: {a: [softmax]}\ndimensions: {n: 2}\ninputs: {x: {shape: [n]}}\nforward: |\n"
    with pytest.raises(ExerciseError, match=f"more than {MAX_APPLIED} gates, equal ones counted") as refusal:
        read_exercise(f"{text}{steps}\ngradients: {{dx: {{of: sum(s0)}}}}\n")
    assert refusal.value.line == 6 + first_too_many


def test_a_gradient_after_a_value_that_fills_the_program_is_refused_with_its_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("grader.program.MAX_NODES", 6)  # x, y, a, f, 1 and x + 1
    with pytest.raises(ExerciseError, match="line 12: da: the program has more than 6 gates"):
        read_exercise(changed("  da:", "  v: {value: x + 1}\n  da:"))


A_MATRIX = """\
name: matrix
dimensions: {n: 3, m: 2}
inputs:
  X: {shape: [n, m]}
  y: {shape: [n], draw: classes(m)}
forward: |
  f = FORWARD
gradients:
  dX:
  v: {value: "VALUE"}
"""


@pytest.mark.parametrize(
    ("forward", "value"),
    [
        ("n**n**n**n * sum(take(X, y))", "X"),
        ("sum(take(X, y)) / (n - n)", "X"),
        ("sum(take(X, y)) * (m - n)**(1/2)", "X"),
        ("sum(take(X, y)) + X[40, 1]", "X"),
        ("sum(take(X, y)) * sum([0 - 1, 1]**(1/2))", "X"),
        ("sum(take(X, y))", "X[40]"),
        ("sum(take(X, y))", "X / (n - n)"),
        ("sum(take(X, y))", "n**n**n**n"),
    ],
)
def test_what_is_not_finite_at_the_sizes_of_trials_is_refused_when_examined(forward: str, value: str) -> None:
    exercise = read_exercise(A_MATRIX.replace("FORWARD", forward).replace("VALUE", value))
    with pytest.raises(ExerciseError, match="values stay finite") as refusal:
        examine(exercise)
    assert refusal.value.line == 6


def test_labels_come_of_classes() -> None:
    text = A_MATRIX.replace("FORWARD", "sum(take(X, y))").replace("VALUE", "X").replace(", draw: classes(m)", "")
    with pytest.raises(ExerciseError, match="labels come of inputs drawn as classes") as refusal:
        read_exercise(text)
    assert refusal.value.line == 6


WITH_CHOICES = """\
name: chosen
dimensions: {n: 3, k: 2, p: n * k}
choices: {g: [tanh, relu], c: [1, 0.5]}
inputs:
  x: {shape: [n, k]}
  s:
worked: {s: 2}
forward: |
  v = reshape(x, p)
  f = c * sum(g(v)) * s
gradients: [dx, ds]
"""


def test_the_first_of_each_choice_is_taken_and_shown_in_the_forward_pass() -> None:
    exercise = read_exercise(WITH_CHOICES)
    assert exercise.chosen == {"g": "tanh", "c": 1}
    assert "f = 1 * sum(tanh(v)) * s" in exercise.forward
    assert exercise.dimensions == {"n": 3, "k": 2, "p": 6}


def test_a_student_keeps_the_variant_when_the_exercise_is_only_worded_otherwise() -> None:
    exercise = read_exercise(WITH_CHOICES)
    worded = read_exercise(WITH_CHOICES.replace("name: chosen\n", "name: chosen\ntitle: {en: Worded otherwise}\n"))
    assert worded.digest != exercise.digest
    for i in range(12):
        one, other = (draw_variant(given, b"course", f"student {i}") for given in (exercise, worded))
        assert (one.chosen, one.dimensions) == (other.chosen, other.dimensions)


def test_a_students_variant_is_drawn_reproducibly_from_the_courses_secret() -> None:
    exercise = read_exercise(WITH_CHOICES)
    variants = [draw_variant(exercise, b"course", f"student {i}") for i in range(12)]
    again = draw_variant(exercise, b"course", "student 3")
    assert again.digest == variants[3].digest
    assert worked_example(again).values["s"] == worked_example(variants[3]).values["s"]
    assert draw_variant(exercise, b"another course", "student 3").digest != again.digest
    assert {v.chosen["g"] for v in variants} == {"tanh", "relu"}
    assert {v.chosen["c"] for v in variants} == {1, 0.5}
    assert len({tuple(v.dimensions.items()) for v in variants}) > 2
    for variant in variants:
        assert variant.dimensions["p"] == variant.dimensions["n"] * variant.dimensions["k"]
        number = float(worked_example(variant).values["s"])
        assert number == int(number) != 0
        trial_set(variant, b"secret", 0)


def test_yaml_is_read_as_version_1_2() -> None:
    exercise = read_exercise(changed("  x:\n", "  no: {draw: signed}\n  x:\n").replace("exp(x)", "exp(x) * no"))
    assert exercise.inputs[0].name == "no"
