"""What counts as a number or an array, and as which."""

import numpy as np
import pytest

from grader.candidate import Array, Candidate, NotArray, NotReal
from grader.sandbox import Limits, Sandbox
from grader.sandbox.inside.values import classify
from tests.grader.sandbox.jobs import finished, first, script


def answer(sandbox: Sandbox, expression: str) -> Candidate:
    return first(sandbox.run(script(f"dx = {expression}"))).candidates["dx"]


@pytest.mark.parametrize(
    ("expression", "value", "kind"),
    [
        ("True", 1.0, "bool"),
        ("3", 3.0, "int"),
        ("2.5", 2.5, "float"),
        ("float('nan')", np.nan, "float"),
        ("-10**400", -np.inf, "int"),
        ("np.float32(0.1)", float(np.float32(0.1)), "float32"),
        ("np.float64(0.1)", 0.1, "float64"),
        ("np.longdouble(0.5)", 0.5, np.longdouble.__name__),
        ("np.int8(-3)", -3.0, "int8"),
        ("np.bool_(True)", 1.0, np.bool_.__name__),
        ("np.array(2.0)", 2.0, "ndarray"),
        ("np.array([1.0, 2.0])", [1.0, 2.0], "ndarray"),
        ("np.array([1, 2])", [1.0, 2.0], "int64 array"),
        ("np.array([True])", [1.0], "bool array"),
        ("np.array([0.5], np.float16)", [0.5], "float16 array"),
        ("np.array([0.5], '>f8')", [0.5], "float64 array"),
        ("np.ones((2, 3)).T", np.ones((3, 2)).tolist(), "ndarray"),
        ("np.zeros((0, 3))", [], "ndarray"),
        ("np.array([[1, 2.5]], object)", [[1.0, 2.5]], "object array"),
        ("np.array(2, object)", 2.0, "object array"),
        ("np.zeros((0, 3), object)", [], "object array"),
        ("[1, 2.5, True]", [1.0, 2.5, 1.0], "list"),
        ("(1, 2)", [1.0, 2.0], "tuple"),
        ("[[1, 2], (3, 4)]", [[1.0, 2.0], [3.0, 4.0]], "list"),
        ("[np.float64(1), np.int32(2)]", [1.0, 2.0], "list"),
        ("[np.array([1, 2]), [3, 4]]", [[1.0, 2.0], [3.0, 4.0]], "list"),
        ("[np.array(1.0)]", [1.0], "list"),
        ("[]", [], "list"),
        ("[[], []]", [[], []], "list"),
    ],
)
def test_real_numbers_become_float64_and_their_type_is_told(
    sandbox: Sandbox, expression: str, value: object, kind: str
) -> None:
    found = answer(sandbox, expression)
    assert isinstance(found, Array), found
    assert found.value.dtype == np.float64
    np.testing.assert_array_equal(found.value, np.array(value, dtype=float).reshape(found.value.shape))
    assert found.type in (kind, "ndarray" if kind == "float64 array" else kind)


@pytest.mark.parametrize(
    ("expression", "candidate"),
    [
        ("None", NotArray("NoneType")),
        ("'1'", NotArray("str")),
        ("{'dx': 1}", NotArray("dict")),
        ("{1}", NotArray("set")),
        ("range(3)", NotArray("range")),
        ("lambda: 1", NotArray("function")),
        ("np", NotArray("module")),
        ("[[1, 2], [3]]", NotArray("ragged list")),
        ("[1, [2]]", NotArray("ragged list")),
        ("['a']", NotArray("list of str")),
        ("(None,)", NotArray("tuple of NoneType")),
        ("[[[[[[[[[1]]]]]]]]]", NotArray("list nested too deeply")),
        ("np.matrix([[1.0]])", NotArray("matrix")),
        ("np.rec.array([1.0])", NotArray("recarray")),
        ("np.ones(2).view(type('Mine', (np.ndarray,), {}))", NotArray("Mine")),
        ("type('Mine', (float,), {})(1)", NotArray("Mine")),
        ("1j", NotReal("complex")),
        ("np.complex64(1)", NotReal("complex64")),
        ("np.array([1j])", NotReal("complex128 array")),
        ("[1j]", NotReal("list of complex")),
        ("np.array([1.0, None])", NotReal("object array")),
        ("np.array([1.0, [2.0]], object)", NotReal("object array")),
        ("np.array([1j, 1], object)", NotReal("object array")),
        ("np.array(['1'])", NotReal("str32 array")),
        ("np.array(['2020'], 'M8[Y]')", NotReal("datetime64[Y] array")),
    ],
)
def test_everything_else_is_refused_by_its_name(sandbox: Sandbox, expression: str, candidate: Candidate) -> None:
    assert answer(sandbox, expression) == candidate


def test_an_answer_that_is_too_large_is_told_and_the_others_are_read(sandbox: Sandbox) -> None:
    interface = {"kind": "script", "reads": [{"names": ["dx"], "pattern": "dx"}, {"names": ["dy"], "pattern": "dx"}]}
    job = script("dx = np.ones(101)\ndy = np.ones(3)", interface=interface)
    found = finished(sandbox.run(job, Limits(array_entries=100))).answers[0].candidates["dx"]
    assert found == NotArray("array of 101 entries")


@pytest.mark.parametrize("kind", "bhilqBHILQefdg?")
def test_every_real_kind_of_numpys_is_a_number(kind: str) -> None:
    assert classify(np.ones(2, kind), 10).kind == "array"
    assert classify(np.ones((), kind)[()], 10).kind == "array"


def test_the_copy_is_taken_at_once() -> None:
    array = np.ones(2)
    found = classify(array, 10).value
    array[:] = 7
    assert found is not None
    assert found.tolist() == [1.0, 1.0]
