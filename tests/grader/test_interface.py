"""Interfaces read from YAML into what the sandbox follows, and told in words."""

import re
from typing import Any

import pytest

from grader import Exercise, Sandbox, catalogue, trial_set, yaml12
from grader.expressions import evaluate, parse
from grader.interface import Interface, InterfaceError, read_interface, value_interface
from grader.program import Program
from grader.sandbox import Call
from tests.grader.sandbox.jobs import first, job, number

VALUES = ["n_x", "n_h", "X", "Y", "w", "b", "reg", "Z"]
ACCEPTED = {"loss": ["loss"], "dw": ["dw", "dJdw"], "db": ["db"], "w_start": ["w_start"]}
PACKS = {"parameters": ["w", "b"], "cache": ["Z"]}
STEPPED = {"d1": {"f": {"argument": "x", "body": "np.sin(x)"}, "x": "x", "h": [0.1], "integer": False}}
STEPLESS = {"g": STEPPED["d1"] | {"h": None}}


def read(text: str, **more: Any) -> Interface:
    return read_interface(yaml12.read(text).data, VALUES, ["X", "Y"], PACKS, ACCEPTED, **more)


def test_a_name_may_be_transposed_either_way() -> None:
    found = read("{function: propagate, arguments: {w: w.T, cache: [X, w.T]}, returns: [{dw: dw.T, db: db}, null]}")
    assert [a["pattern"] for a in found.spec["arguments"]] == ["w.T", ["X", "w.T"]]
    assert found.spec["returns"] == [{"dw": "dw.T", "db": "db"}, None]
    assert found.asks == ("dw", "db")
    assert found.spec["names"] == {"dw": ["dw", "dJdw"], "db": ["db"]}


def test_a_function_may_be_one_that_makes_a_random_start() -> None:
    found = read("{function: initialize_parameters, arguments: [n_x, n_h], returns: {w: w_start}, start: true}")
    assert found.spec["start"] is True
    assert found.asks == ("w_start",)
    assert read("{function: backward}").spec["start"] is False


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("update()", ("update", [], {}, None)),
        ("forward(X) -> loss", ("forward", ["X"], {}, "loss")),
        ("backward(1)", ("backward", [1], {}, None)),
        ("backward( -0.5, 1e-3 , .5)", ("backward", [-0.5, 0.001, 0.5], {}, None)),
        ("loss(X, Y, reg=reg)", ("loss", ["X", "Y"], {"reg": "reg"}, None)),
        ("loss(X, step = 1e-2) -> dw.T", ("loss", ["X"], {"step": 0.01}, "dw.T")),
        ("backward(w.T, parameters)", ("backward", ["w.T", {"w": "w", "b": "b"}], {}, None)),
        ("{method: f}", ("f", [], {}, None)),
        ("{method: loss, arguments: [X, 2], keywords: {reg: reg}, returns: [loss, {W1: dw}]}",
         ("loss", ["X", 2], {"reg": "reg"}, ["loss", {"W1": "dw"}])),
        ("{method: gradient, arguments: [[X, w.T]], returns: {dict: [dw, db]}}",
         ("gradient", [["X", "w.T"]], {}, ["dw", "db"])),
    ],
)  # fmt: skip
def test_a_method_is_called_with_names_numbers_and_keywords(text: str, call: tuple[Any, ...]) -> None:
    entry = text if text.startswith("{") else f'"{text}"'
    (found,) = read(f"{{class: Net, calls: [{entry}]}}").spec["calls"]
    assert found == dict(zip(("method", "arguments", "keywords", "returns"), call, strict=True))


def test_state_and_results_may_be_nested_and_become_paths() -> None:
    found = read(
        "{class: Net, construct: [n_x, 0.01, [X, Y]], start: {params: {w: w_start}}, "
        "state: {params: {W1: w, b1: b}, layers: [{W: w.T}], reg: reg}, read: {grads: {W1: dw, b1: db}}}"
    )
    assert found.spec["construct"] == ["n_x", 0.01, ["X", "Y"]]
    assert found.spec["state"] == {"params.W1": "w", "params.b1": "b", "layers.0.W": "w.T", "reg": "reg"}
    assert found.spec["read"] == {"grads.W1": "dw", "grads.b1": "db"}
    assert found.spec["start"] == {"params.w": "w_start"}
    assert found.asks == ("dw", "db", "w_start")


def test_a_procedure_makes_the_calls_that_are_asked() -> None:
    found = read("{procedure: derivative, arguments: [f, x, h]}", procedures=STEPPED)
    assert (found.name, found.asks) == ("derivative", ("d1",))
    assert found.spec["calls"] == [{"ask": "d1", **STEPPED["d1"]}]
    assert read("{procedure: numerical_gradient}", procedures=STEPLESS).spec["arguments"] == ["f", "x"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{function: f, arguments: [q]}", "`q` is not a value"),
        ("{function: f, arguments: {q: q.T}}", "`q.T` is not a value"),
        ("{function: f, arguments: [w.T]}", "cannot be a name"),
        ("{function: f, returns: [dw.X]}", "`dw.X` is not asked"),
        ("{function: f, returns: [1]}", "`1` is not asked"),
        ("{function: f, start: 1}", "`start` is true or false"),
        ("{function: f, arguments: {q: true}}", "`True` is not a value"),
        ("{class: C, calls: [forward]}", "is not of the form"),
        ("{class: C, calls: ['f(X) -> ']}", "is not of the form"),
        ("{class: C, calls: ['f(__import__)']}", "`__import__` is not a value"),
        ("{class: C, calls: ['f(X=)']}", "`` is not a value"),
        ("{class: C, calls: ['f(1X)']}", "`1X` is not a value"),
        ("{class: C, calls: ['f(1e999)']}", "`1e999` is not a value"),
        ("{class: C, calls: ['__init__(X)']}", "`__init__` cannot be a name"),
        ("{class: C, calls: [{method: f, keywords: [X]}]}", "a mapping is expected"),
        ("{class: C, calls: [{method: f, result: dw}]}", "`result` is not known here"),
        ("{class: C, calls: [{arguments: [X]}]}", "`None` cannot be a name"),
        ("{class: C, calls: f(X)}", "a list is expected"),
        ("{class: C, construct: n_x}", "a list is expected"),
        ("{class: C, state: {params: {__class__: w}}}", "`__class__` cannot be a name"),
        ("{class: C, state: {params: {a.b: w}}}", "cannot be a name"),
        ("{class: C, read: {grads: {W1: w}}}", "`w` is not asked"),
        ("{procedure: derivative}", "asks for no procedure"),
        ("{procedure: derivative, arguments: [f]}", "the arguments of a procedure are"),
        ("{procedure: derivative, arguments: [f, x, y]}", "the arguments of a procedure are"),
        ("{procedure: derivative, arguments: [f, x, x]}", "the arguments of a procedure are"),
        ("value", "`value` is for circuits"),
        ("{value: 3}", "cannot be a name"),
        ("{script: {}, function: f}", "`function` is not known"),
        ("3", "an interface is"),
        ("{}", "an interface is"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InterfaceError) as refused:
        read(text)
    assert reason in str(refused.value)


@pytest.mark.parametrize(("arguments", "procedures"), [("[f, x]", STEPPED), ("[f, x, h]", STEPLESS)])
def test_a_procedure_has_a_step_exactly_where_steps_are_stated(arguments: str, procedures: Any) -> None:
    with pytest.raises(InterfaceError, match="states `steps`"):
        read(f"{{procedure: derivative, arguments: {arguments}}}", procedures=procedures)


def circuit(forward: str, *wanted: str, inputs: str = "x y", shape: tuple[int, ...] = ()) -> Any:
    program = Program()
    for name in inputs.split():
        program.given(name, shape)
    steps = program.read(forward)
    return value_interface(program, {f"d{w}": (program.names[steps[-1]], program.names[w]) for w in wanted})


def test_a_scalar_circuit_is_the_gates_of_its_program_in_order() -> None:
    found = circuit("p = x * y\nq = 2 / 4 * max(p, y)\nf = 1 / (1 + exp(-q)) - x ** 2", "x", "y", "p", "q")
    assert found.spec["program"] == [
        ["multiply", ["x", "y"]], ["maximum", [0, "y"]], ["multiply", [0.5, 1]], ["negative", [2]], ["exp", [3]],
        ["add", [1.0, 4]], ["divide", [1.0, 5]], ["power", ["x", 2.0]], ["subtract", [6, 7]],
    ]  # fmt: skip
    assert found.spec["reads"] == {"dx": "x", "dy": "y", "dp": 0, "dq": 2}
    assert (found.name, found.asks) == ("Value", ("dx", "dy", "dp", "dq"))


@pytest.mark.parametrize("number", ["1 / 0", "(0 - 1)**(1/2)", "1e300**2", "0**(0 - 1)"])
def test_a_circuit_with_a_number_that_is_not_finite_is_none_of_these(number: str) -> None:
    program = Program()
    x = program.given("x", ())
    tree = parse(f"x * ({number})", ["x"])
    objective = evaluate(tree, program.names, program.number, program.apply)
    assert value_interface(program, {"dx": (objective, x)}) is None


def test_only_the_gradients_of_one_objective_and_what_it_depends_on_are_asked() -> None:
    program = Program()
    for name in "xyz":
        program.given(name, ())
    program.read("f = x * y\ng = x * z")
    n = program.names
    found = value_interface(program, {"dfdx": (n["f"], n["x"]), "dgdz": (n["g"], n["z"]), "dy": (n["f"], n["y"])})
    assert found is not None
    assert found.asks == ("dfdx", "dy")
    assert found.spec["program"] == [["multiply", ["x", "y"]]]


@pytest.mark.parametrize(
    ("forward", "shape"),
    [("f = sum(x * y)", (3,)), ("f = 1 if x > y else y * y", ()), ("s = x > 0\nf = s * y", ()), ("f = sum(x * y)", ())],
)
def test_a_circuit_that_is_not_scalar_or_has_other_gates_is_none_of_these(forward: str, shape: tuple[int, ...]) -> None:
    assert circuit(forward, "x", shape=shape) is None


def test_an_exercise_without_gradients_has_none() -> None:
    assert circuit("f = x * y") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{class: Affine, construct: [w, b], calls: ['backward(X) -> dw'], read: {db: db}}",
         "A class `Affine(w, b)` with backward(X); its attributes db are read."),
        ("{class: Net, construct: [n_x, 0.01], calls: [{method: loss, arguments: [X], keywords: {reg: reg}, "
         "returns: [null, {W1: dw}]}]}",
         'A class `Net(n_x, 0.01)` with loss(X, reg=reg) -> [_, {"W1": dw}].'),
        ("{function: backward, arguments: [X, Y], returns: [db, dw.T]}",
         "A function `backward(X, Y)` that returns db, dw, as a dict or in this order."),
        ("{function: propagate, arguments: [X], returns: [{dw: dw, db: db}, null]}",
         'A function `propagate(X)` that returns `{"dw": dw, "db": db}, _`; what stands at `_` is not looked at.'),
        ("{procedure: derivative, arguments: [f, x, h]}",
         "A function `derivative(f, x, h)` that differentiates numerically any function f it is given: d1."),
    ],
)  # fmt: skip
def test_an_interface_says_how_to_hand_in(text: str, words: str) -> None:
    found = read(text, procedures=STEPPED)
    assert found.describe() == words
    assert found.describe("ja") != words


def test_a_class_of_numbers_is_told_with_what_the_circuit_needs() -> None:
    found = circuit("f = exp(x) * max(x, y) - y", "x", "y")
    assert "(exp(), max, *, -)" in found.describe()
    assert "dx, dy" in found.describe("ja")


TOLD = re.compile(r"that returns (\w+(?:, \w+)+), as a dict or in this order")
ORDERED = [
    (exercise, interface, told[1].split(", "))
    for exercise in catalogue().values()
    for interface in exercise.interfaces
    if (told := TOLD.search(interface.describe()))
]


@pytest.mark.parametrize(("exercise", "interface", "told"), ORDERED, ids=lambda value: getattr(value, "name", ""))
def test_results_are_read_in_the_order_that_is_told(
    sandbox: Sandbox, exercise: Exercise, interface: Interface, told: list[str]
) -> None:
    source = f"def {interface.spec['function']}(*given):\n    return {', '.join(map(str, range(len(told))))}\n"
    trial = trial_set(exercise, b"order", 0).trials[0]
    call = Call({**trial.values, **trial.sizes}, tuple(told), construct_only=interface.spec["start"])
    answers = first(sandbox.run(job(source, interface.spec, call)))
    assert [number(answers.candidates[ask]) for ask in told] == list(range(len(told)))
