"""The function interface."""

import textwrap
from typing import Any

import numpy as np
import pytest

from grader.candidate import Missing
from grader.sandbox import Answers, Call, Failed, Finished, Sandbox
from tests.grader.sandbox.jobs import codes, failed, finished, first, job, number

BACKWARD: dict[str, Any] = {
    "kind": "function",
    "function": "backward",
    "arguments": [
        {"name": "parameters", "aliases": ["params"], "pattern": {"W": "W", "b": "b"}},
        {"name": "cache", "aliases": [], "pattern": ["X", ["Z"]]},
        {"name": "X", "aliases": ["x"], "pattern": "X"},
    ],
    "returns": ["dW", "db"],
    "names": {"dW": ["dW", "dJdW"], "db": ["db", "dJdb"]},
    "provides": {},
}
VALUES = {"W": np.array([1.0, 2.0]), "b": np.array(3.0), "X": np.array([4.0, 5.0]), "Z": np.array([6.0]), "m": 7}


def run(sandbox: Sandbox, source: str, asks: tuple[str, ...] = ("dW", "db"), **changes: Any) -> Finished | Failed:
    return sandbox.run(job(source, BACKWARD | changes, Call(VALUES, asks)))


def answers(sandbox: Sandbox, source: str, **changes: Any) -> Answers:
    return first(run(sandbox, source, **changes))


def numbers(found: Answers) -> list[Any]:
    return [number(candidate) for candidate in found.candidates.values()]


@pytest.mark.parametrize(
    "signature",
    [
        "parameters, cache, X",
        "X, cache, parameters",
        "params, cache, x",
        "cache, parameters, Z, m, X",
        "*, X, parameters, cache",
        "parameters, /, cache, X",
        "parameters, cache, X, eps=0.0",
        "parameters, cache, X, **options",
    ],
)
def test_parameters_are_filled_by_name_in_any_order(sandbox: Sandbox, signature: str) -> None:
    p = "params" if "params" in signature else "parameters"
    x = "x" if "params" in signature else "X"
    source = f"def backward({signature}):\n    return {p}['W'] + {x}, {p}['b'] + cache[0][1] + cache[1][0][0]"
    assert numbers(answers(sandbox, source)) == [[5.0, 7.0], 14.0]


@pytest.mark.parametrize(
    ("signature", "rest"), [("**given", {"parameters", "cache", "X"}), ("params, **given", {"cache", "X"})]
)
def test_what_no_parameter_names_is_in_the_rest(sandbox: Sandbox, signature: str, rest: set[str]) -> None:
    source = f"def backward({signature}):\n    assert set(given) == {rest}\n    return given['X'], given['cache'][1][0]"
    assert numbers(answers(sandbox, source)) == [[4.0, 5.0], [6.0]]


def test_what_a_dict_has_in_the_place_of_an_answer_is_told(sandbox: Sandbox) -> None:
    found = answers(sandbox, "def backward(X):\n    return {'dW': X * 1, 'd_bias': 1, 'dX': 2, 3: 4}")
    assert found.notes == (("other_keys", {"names": ["db"], "keys": "d_bias, dX"}),)
    assert not answers(sandbox, "def backward(X):\n    return {'dW': X * 1, 'db': 1, 'dX': 2}").notes
    assert not answers(sandbox, "def backward(X):\n    return {'dW': X * 1}").notes


def test_where_two_things_are_returned_and_nothing_asked_is_found_in_the_first_it_is_told(sandbox: Sandbox) -> None:
    pair = {"returns": [{"W": "dW", "b": {"inner": "db"}}, None]}
    found = answers(sandbox, "def backward(X):\n    return X * 1, 1.0", **pair)
    assert found.notes == (("result_not_understood", {"got": "ndarray"}),)


@pytest.mark.parametrize(
    "source",
    [
        "def backward(X):\n    dJdb = 1.0\n    nothing()\n    return X, dJdb",
        "def backward(X):\n    db, dW = 1.0, None\n    db.nothing",
        "def twice(f):\n    return lambda X: f(X)\n@twice\ndef backward(X):\n    db = 1.0\n    X.nothing",
        "from functools import wraps\ndef same(f):\n    @wraps(f)\n    def inner(*a):\n        db = 2\n"
        "        return f(*a)\n    return inner\n@same\ndef backward(X):\n    db = 1.0\n    X.nothing",
        "def helper(X):\n    dW = 3.0\n    X.nothing\ndef backward(X):\n    db = 1.0\n    return helper(X), db",
    ],
)
def test_what_was_set_before_an_exception_is_still_an_answer(sandbox: Sandbox, source: str) -> None:
    found = answers(sandbox, source)
    assert found.raised is not None
    if "lambda" in source:
        assert found.candidates == {"dW": Missing(), "db": Missing()}  # the function's name stands for another one
    else:
        assert (found.candidates["dW"], number(found.candidates["db"])) == (Missing(), 1.0)


def test_what_came_in_is_no_answer_after_an_exception(sandbox: Sandbox) -> None:
    renamed = [*BACKWARD["arguments"][:2], {"name": "dW", "aliases": [], "pattern": "X"}]
    found = answers(sandbox, "def backward(parameters, cache, dW):\n    db = 1.0\n    nothing()", arguments=renamed)
    assert (found.candidates["dW"], number(found.candidates["db"])) == (Missing(), 1.0)


@pytest.mark.parametrize("signature", ["p, c, inputs", "p, c, *rest", "*everything"])
def test_parameters_of_other_names_are_filled_by_position(sandbox: Sandbox, signature: str) -> None:
    p = "everything[0]" if "every" in signature else "p"
    source = f"def backward({signature}):\n    return {p}['W'], {p}['b']"
    assert numbers(answers(sandbox, source)) == [[1.0, 2.0], 3.0]


@pytest.mark.parametrize("signature", ["a, b", "a, b, c, d", "X, a", "*, a"])
def test_a_parameter_that_cannot_be_filled_is_named_with_what_there_is(sandbox: Sandbox, signature: str) -> None:
    told = failed(run(sandbox, f"def backward({signature}): pass"))
    assert (told.status, told.code) == ("not_runnable", "unknown_parameter")
    assert told.parameters == {
        "function": "backward",
        "parameter": "a",
        "available": "parameters, cache, X, W, b, Z, m",
    }


@pytest.mark.parametrize(
    "result",
    [
        "X, 1.0",
        "[X, 1.0]",
        "{'dW': X, 'db': 1.0}",
        "{'dJdW': X, 'dJdb': 1.0, 'more': 3}",
        "__import__('types').SimpleNamespace(dW=X, db=1.0)",
        "__import__('collections').OrderedDict(db=1.0, dW=X)",
        "__import__('collections').namedtuple('R', 'db dW')(1.0, X)",
    ],
)
def test_results_are_taken_in_order_by_key_or_by_attribute(sandbox: Sandbox, result: str) -> None:
    assert numbers(answers(sandbox, f"def backward(X):\n    X = X * 1\n    return {result}")) == [[4.0, 5.0], 1.0]


def test_a_dict_pattern_is_as_generous(sandbox: Sandbox) -> None:
    pattern = {"grad_W": "dW", "grad_b": "db"}
    for result in ("{'grad_W': X, 'grad_b': 1.0}", "{'dW': X, 'dJdb': 1.0}", "(X, 1.0)"):
        found = answers(sandbox, f"def backward(X):\n    X = X * 1\n    return {result}", returns=pattern)
        assert numbers(found) == [[4.0, 5.0], 1.0]


def test_a_nested_pattern_is_followed_and_null_is_ignored(sandbox: Sandbox) -> None:
    source = "def backward(X):\n    return {'dW': 1.0, 'db': 2.0}, 'cost'"
    assert numbers(answers(sandbox, source, returns=[{"dW": "dW", "db": "db"}, None])) == [1.0, 2.0]
    source = "def backward(X):\n    return 'cost', [1.0, 2.0]"
    assert numbers(answers(sandbox, source, returns=[None, ["dW", "db"]])) == [1.0, 2.0]


@pytest.mark.parametrize("form", ["{}", "np.array({})", "({},)", "{{'dW': {}}}"])
def test_where_one_thing_is_asked_the_result_may_be_that_itself(sandbox: Sandbox, form: str) -> None:
    source = f"def backward(X):\n    return {form.format('[[1, 2], [3, 4]]')}"
    outcome = run(sandbox, source, asks=("dW",), returns=["dW"])
    assert numbers(first(outcome)) == [[[1.0, 2.0], [3.0, 4.0]]]


def test_a_key_that_is_missing_is_a_missing_answer(sandbox: Sandbox) -> None:
    found = answers(sandbox, "def backward(X):\n    return {'dW': 1.0}")
    assert number(found.candidates["dW"]) == 1.0
    assert found.candidates["db"] == Missing()


@pytest.mark.parametrize(("result", "got"), [("(1.0,)", 1), ("1.0, 2.0, 3.0", 3), ("[]", 0)])
def test_a_wrong_number_of_results_is_told(sandbox: Sandbox, result: str, got: int) -> None:
    found = answers(sandbox, f"def backward(X):\n    return {result}")
    assert set(found.candidates.values()) == {Missing()}
    assert found.notes == (("wrong_number_of_results", {"got": got, "expected": 2}),)


def test_a_forgotten_return_is_told(sandbox: Sandbox) -> None:
    assert answers(sandbox, "def backward(X):\n    dW = X").notes == (("returned_nothing", {}),)


def test_a_result_of_another_kind_is_told(sandbox: Sandbox) -> None:
    assert answers(sandbox, "def backward(X):\n    return 1.0").notes == (("result_not_understood", {"got": "float"}),)


def test_a_lambda_is_a_function(sandbox: Sandbox) -> None:
    assert numbers(answers(sandbox, "half = lambda v: v / 2\nbackward = lambda X: (half(X), 1.0)")) == [[2.0, 2.5], 1.0]


def test_a_function_without_a_signature_is_called_by_position(sandbox: Sandbox) -> None:
    arguments = [{"name": "b", "pattern": "b"}, {"name": "m", "pattern": "m"}]
    outcome = run(sandbox, "backward = max", asks=("dW",), arguments=arguments, returns=["dW"])
    assert numbers(first(outcome)) == [7.0]


@pytest.mark.parametrize("source", ["def forward(X): pass", "class C:\n    def backward(self): pass", "backward(3)"])
def test_without_the_function_at_top_level_nothing_fits(sandbox: Sandbox, source: str) -> None:
    told = failed(run(sandbox, source))
    assert told.code == "no_interface_fits"
    assert told.parameters == {"expected": "def backward(parameters, cache, X)"}


def test_every_call_gets_fresh_copies_and_changes_are_told(sandbox: Sandbox) -> None:
    source = "def backward(parameters, X):\n    X -= 1\n    parameters['W'][0] = 9\n    return X * 1, 1.0"
    outcome = finished(sandbox.run(job(source, BACKWARD, *[Call(VALUES, ("dW", "db"))] * 2)))
    for found in outcome.answers:
        assert numbers(found) == [[3.0, 4.0], 1.0]
        assert found.notes == (("input_changed", {"name": "W"}), ("input_changed", {"name": "X"}))


def test_a_result_that_shares_memory_with_an_input_is_told(sandbox: Sandbox) -> None:
    found = answers(sandbox, "def backward(X):\n    return X[::-1], 1.0")
    assert found.notes == (("result_aliases_input", {"name": "dW", "input": "X"}),)


def test_what_adds_up_over_calls_is_found_by_the_second_call(sandbox: Sandbox) -> None:
    source = "total = np.zeros(2)\ndef backward(X):\n    global total\n    total = total + X\n    return total, 1.0"
    found = answers(sandbox, source)
    assert numbers(found) == [[4.0, 5.0], 1.0]
    assert found.notes == (("results_differ_on_second_call", {"names": ["dW"]}),)


def test_an_exception_has_the_students_line_and_only_the_students_frames(sandbox: Sandbox) -> None:
    source = "def inner(v):\n    return np.linalg.inv(v)\ndef backward(X):\n    return inner(X), 1"
    raised = answers(sandbox, source).raised
    assert raised is not None
    assert (raised.type, raised.line) == ("LinAlgError", 2)
    assert raised.traceback.splitlines() == [
        "Traceback (most recent call last):",
        '  File "submission.py", line 4, in backward',
        "    return inner(X), 1",
        '  File "submission.py", line 2, in inner',
        "    return np.linalg.inv(v)",
        f"LinAlgError: {raised.message}",
    ]


def test_a_long_traceback_is_cut_in_the_middle(sandbox: Sandbox) -> None:
    raised = answers(sandbox, "def backward(X):\n    return backward(X)").raised
    assert raised is not None
    assert raised.type == "RecursionError"
    assert " more ..." in raised.traceback
    assert raised.traceback.endswith(f"RecursionError: {raised.message}")


# what is run of a file, and what is not

RIGHT = "def backward(X):\n    return X * 1, 1.0\n"


@pytest.mark.parametrize(
    "training",
    [
        "for i in range(10**12): pass",
        "while True: pass",
        "if __name__ == '__main__':\n    raise SystemExit",
        "with open('data') as f: pass",
        "assert False",
        "raise ValueError",
        "del X",
        "X_train, t_train = load_mnist(flatten=True)",
        "history = [backward(X) for _ in range(10**12)]",
        "g = backward(np.ones(2) / 0 if undefined else 1)",
        "plt.plot([1, 2])",
        "exit()",
        "x = exit()",
        "big = np.ones((10**6, 10**6))",
        "name = input('?')",
    ],
)
def test_a_training_script_around_the_function_does_not_run_or_does_not_matter(sandbox: Sandbox, training: str) -> None:
    found = answers(sandbox, f"import matplotlib.pyplot as plt\n{RIGHT}{training}\n")
    assert numbers(found) == [[4.0, 5.0], 1.0]
    assert (found.raised, found.notes) == (None, ())


def test_definitions_imports_and_plain_assignments_are_run(sandbox: Sandbox) -> None:
    source = (
        "'''A module.'''\nimport math as m\n"
        "try:\n    import cupy as xp\n    import numpy as xp\nexcept ImportError:\n    pass\n"
        "SCALE: float = 2.0\nSCALE *= 2\nTABLE = {'a': m.sqrt(4)}\n"
        "class Box:\n    size = 3\ndef helper(v):\n    return v * SCALE * TABLE['a'] * Box.size\n"
        "def backward(X):\n    return helper(xp.asarray(X)), 1.0"
    )
    assert numbers(answers(sandbox, source)) == [[96.0, 120.0], 1.0]


@pytest.mark.parametrize(
    "fallback",
    [
        "try:\n    import cupy as xp\nexcept ImportError:\n    import numpy as xp\n",
        "try:\n    import cupy as xp\nexcept:\n    xp = np\n",
        "try:\n    import math, cupy as xp\n    GPU = True\nexcept (OSError, ModuleNotFoundError) as e:\n    xp = np\n",
        "try:\n    import cupy\n    xp = cupy\nexcept Exception:\n    import numpy\n    xp = numpy\nfinally: pass\n",
        "try:\n    from numba import njit\nexcept ImportError:\n    def njit(f):\n        return f\nxp = np\n",
        "try:\n    import torch as t\n    T = 1\nexcept ImportError:\n    T = 0\nxp = t if T else np\n",
        "try:\n    from .tools import double\nexcept ImportError:\n    def double(v): return 2 * v\nxp = np\n",
    ],
)
def test_what_comes_in_the_place_of_an_import_that_fails_is_used(sandbox: Sandbox, fallback: str) -> None:
    wrapped = "@njit\n" if "njit" in fallback else ""
    doubled = "double(X)" if "double" in fallback else "X * 2"
    source = f"{fallback}{wrapped}def backward(X):\n    return xp.asarray({doubled}), 1.0"
    assert numbers(answers(sandbox, source)) == [[8.0, 10.0], 1.0]


def test_an_import_may_fail_within_a_function_too(sandbox: Sandbox) -> None:
    source = (
        "def backward(X):\n    try:\n        import cupy as xp\n    except ImportError as error:\n"
        "        assert 'cupy is not available here' in str(error)\n        import numpy as xp\n"
        "    return xp.asarray(X) * 2, 1.0"
    )
    assert numbers(answers(sandbox, source)) == [[8.0, 10.0], 1.0]


def test_what_catches_everything_of_a_whole_script_is_not_meant_for_its_imports(sandbox: Sandbox) -> None:
    body = f"import matplotlib.pyplot as plt\nscale = 1\n{RIGHT}grads = backward\n"
    source = "try:\n" + textwrap.indent(body, "    ") + "except Exception as error:\n    backward = None\n"
    assert numbers(answers(sandbox, source)) == [[4.0, 5.0], 1.0]


@pytest.mark.parametrize("end", ["raise", "sys.exit('Install it.')", "raise SystemExit(1)", "print('No pictures.')"])
def test_what_only_says_that_an_import_failed_is_not_asked(sandbox: Sandbox, end: str) -> None:
    source = (
        f"import sys\ntry:\n    import matplotlib.pyplot as plt\nexcept ImportError as missing:\n    {end}\n{RIGHT}"
    )
    assert numbers(answers(sandbox, source)) == [[4.0, 5.0], 1.0]


def test_a_name_from_a_skipped_line_is_explained(sandbox: Sandbox) -> None:
    source = "def make(): return 2\n\nrate = make()\ndef backward(X):\n    return X * rate, 1.0"
    found = answers(sandbox, source)
    assert found.raised is not None
    assert (found.raised.type, found.raised.line) == ("NameError", 5)
    assert found.notes == (("name_set_in_skipped_line", {"name": "rate", "set_line": 3}),)


def test_a_name_from_a_line_that_failed_is_explained(sandbox: Sandbox) -> None:
    source = "rate = 1 / 0\ndef backward(X):\n    return X * rate, 1.0"
    assert answers(sandbox, source).notes == (
        (
            "name_set_in_failed_line",
            {"name": "rate", "set_line": 1, "type": "ZeroDivisionError", "text": "division by zero"},
        ),
    )


def test_a_function_that_cannot_be_defined_says_why(sandbox: Sandbox) -> None:
    told = failed(run(sandbox, "from numba import jit\n@jit\ndef backward(X):\n    return X, 1.0"))
    assert (told.status, told.code, told.line) == ("not_runnable", "definition_failed", 3)
    assert told.parameters["type"] == "ModuleNotFoundError"
    assert "numba is not available here" in told.parameters["text"]


def test_a_function_that_is_made_by_another_says_that_it_is_not_run(sandbox: Sandbox) -> None:
    told = failed(run(sandbox, "def make():\n    return lambda X: (X, 1.0)\nbackward = make()"))
    assert (told.code, told.line, told.parameters) == ("definition_skipped", 3, {"name": "backward"})


def test_what_is_provided_is_there_unless_the_student_defines_it(sandbox: Sandbox) -> None:
    provides = {"scale": "b", "W": "W"}
    source = "W = 7.0\ndef backward(X):\n    return X * scale, W"
    assert numbers(answers(sandbox, source, provides=provides)) == [[12.0, 15.0], 7.0]


def test_a_call_that_only_constructs_is_not_made(sandbox: Sandbox) -> None:
    calls = [Call(VALUES, ("dW", "db")), Call({"n": 3}, ("start",), construct_only=True)]
    outcome = finished(sandbox.run(job(RIGHT, BACKWARD, *calls)))
    assert outcome.answers[1].candidates == {"start": Missing()}
    assert codes(outcome.answers[1].notes) == []


START: dict[str, Any] = {
    "kind": "function",
    "function": "initialize_parameters",
    "arguments": [{"name": name, "pattern": name} for name in ("n_x", "n_h")],
    "returns": {"W1": "W1_start", "b1": "b1_start"},
    "start": True,
}
INITIALIZE = """
def initialize_parameters(n_x, n_h):
    print(n_x)
    return {"W1": np.random.randn(n_h, n_x) * 0.01, "b1": np.zeros((n_h, 1))}
"""


@pytest.mark.parametrize("signature", ["n_x, n_h", "a, b", "n_h, n_x"])
def test_a_random_start_is_read_where_a_call_constructs_only(sandbox: Sandbox, signature: str) -> None:
    source = INITIALIZE.replace("n_x, n_h)", f"{signature})")
    source = source.replace("n_h", "b").replace("n_x", "a") if signature == "a, b" else source
    at = [Call({"n_x": 30, "n_h": 40}, ("W1_start", "b1_start"), construct_only=True)] * 2
    outcome = finished(sandbox.run(job(source, START, Call({"n_x": 3, "n_h": 4}, ("dW",)), *at)))
    one, two = (number(found.candidates["W1_start"]) for found in outcome.answers[1:])
    assert np.shape(one) == (40, 30)
    assert one != two
    assert np.shape(number(outcome.answers[1].candidates["b1_start"])) == (40, 1)
    assert (outcome.answers[0].candidates, outcome.answers[0].notes) == ({"dW": Missing()}, ())


def test_how_a_random_start_fails_is_told_on_the_worked_example(sandbox: Sandbox) -> None:
    source = INITIALIZE.replace("np.zeros", "np.zeroes")
    at = Call({"n_x": 30, "n_h": 40}, ("W1_start",), construct_only=True)
    outcome = finished(sandbox.run(job(source, START, Call({"n_x": 3, "n_h": 4}, ("dW",)), at)))
    worked, hidden = (found.raised for found in outcome.answers)
    assert worked is not None
    assert hidden is not None
    assert (worked.type, worked.line, hidden.type, hidden.message) == ("AttributeError", 4, "AttributeError", "")
    assert "zeroes" in worked.message
    assert outcome.stdout == "3\n"


def test_an_imported_function_is_not_the_students(sandbox: Sandbox) -> None:
    told = failed(run(sandbox, "from solutions import backward"))
    assert told.code == "no_interface_fits"


GRADES: dict[str, Any] = {"returns": [{"dW": "dW", "db": "db"}, None]}  # (gradients, loss)


@pytest.mark.parametrize("result", ["grads, 0.5", "0.5, grads", "grads", "grads, 0.5, None"])
def test_a_mapping_beside_what_is_not_asked_may_stand_alone_or_elsewhere(sandbox: Sandbox, result: str) -> None:
    source = f"def backward(*given):\n    grads = {{'dW': 1.0, 'db': 2.0}}\n    return {result}"
    assert numbers(answers(sandbox, source, **GRADES)) == [1.0, 2.0]


def test_parameters_whose_names_say_nothing_get_what_the_others_leave(sandbox: Sandbox) -> None:
    source = "def backward(X, given, cache):\n    return given['W'] + X, given['b'] + cache[0][1]"
    assert numbers(answers(sandbox, source)) == [[5.0, 7.0], 8.0]


@pytest.mark.parametrize(("name", "filled"), [("Z", False), ("m", False), ("X", True), ("extra", True)])
def test_a_default_stays_but_for_what_was_declared_or_is_an_input(sandbox: Sandbox, name: str, filled: bool) -> None:
    source = f"def backward(parameters, cache, {name}='mine'):\n    return float(not isinstance({name}, str)), 0.0"
    call = Call(VALUES | {"extra": 1}, ("dW", "db"))
    found = first(sandbox.run(job(source, BACKWARD, call, inputs=("X", "extra"))))
    assert number(found.candidates["dW"]) == filled


def test_a_return_that_slipped_out_of_its_function_is_told_with_its_line(sandbox: Sandbox) -> None:
    told = failed(run(sandbox, "def backward(X):\n    dW = X\nreturn dW, X"))
    assert (told.code, told.line) == ("syntax_error", 3)
    assert told.parameters == {"reason": "'return' outside function", "text": "return dW, X"}
