"""An exercise in YAML: what is read, and what is refused with its line."""

import time

import pytest

from grader import ExerciseError, catalogue, draw_variant, read_exercise, trial_set, worked_example

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
