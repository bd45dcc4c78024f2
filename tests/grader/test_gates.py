"""Each gate's local rule against its own forward."""

import mpmath
import numpy as np
import pytest

from grader import read_exercise, trial_set
from grader.elementwise import Elementwise
from grader.gates import GATES
from grader.shapes import ShapeError, broadcast, unbroadcast, written

ELEMENTWISE = [g for g in GATES.values() if isinstance(g, Elementwise)]
KINKED = [g for g in ELEMENTWISE if g.kinks([0.3, 0.7, 0.2][: g.arity], {})]
PIECEWISE = {"greater", "greater_equal", "step", "where"}
ANALYTIC = [g for g in ELEMENTWISE if g not in KINKED and g.name not in PIECEWISE]
LINEAR_SHAPES = {
    "matmul": [((3, 4), (4, 5)), ((4,), (4, 5)), ((3, 4), (4,)), ((4,), (4,))],
    "transpose": [((3, 4),)],
    "sum": [((3, 4),), ((5,),), ((),)],
    "mean": [((3, 4),), ((5,),)],
}


def complex_step(gate: Elementwise, i: int, inputs: list[float]) -> float:
    moved = [complex(v, 1e-20 if k == i else 0.0) for k, v in enumerate(inputs)]
    return float(np.imag(gate.forward(*moved)) / 1e-20)


@pytest.mark.parametrize("gate", ANALYTIC, ids=lambda g: g.name)
def test_an_analytic_gate_has_the_partials_that_a_complex_step_finds(gate: Elementwise) -> None:
    inputs = [0.7, 1.3, 0.4][: gate.arity]
    for i in range(gate.arity):
        assert gate.partial(i, inputs) == pytest.approx(complex_step(gate, i, inputs), rel=1e-13)


@pytest.mark.parametrize("gate", ELEMENTWISE, ids=lambda g: g.name)
def test_a_gate_agrees_with_itself_in_multiple_precision(gate: Elementwise) -> None:
    inputs = [0.7, 1.3, 0.4][: gate.arity]
    with mpmath.workdps(50):
        precise = gate.precise(*map(mpmath.mpf, inputs))
    assert float(precise) == pytest.approx(float(gate.forward(*inputs)), rel=1e-14)


@pytest.mark.parametrize("gate", KINKED, ids=lambda g: g.name)
def test_beside_a_kink_a_gate_has_its_one_sided_difference(gate: Elementwise) -> None:
    for inputs in ([0.7, -1.3], [-0.7, 1.3]):
        at = inputs[: gate.arity]
        for i in range(gate.arity):
            up = [v + (1e-6 if k == i else 0) for k, v in enumerate(at)]
            assert gate.partial(i, at) == pytest.approx(float(gate.forward(*up) - gate.forward(*at)) / 1e-6, abs=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_at_a_tie_the_shares_of_the_two_sides_add_up_to_one(share: float) -> None:
    for name in ("maximum", "minimum"):
        both = [float(GATES[name].partial(i, [2.0, 2.0], share)) for i in (0, 1)]  # type: ignore[union-attr]
        assert sum(both) == 1.0
        assert set(both) == {share, 1 - share}


def test_which_branch_was_taken_has_gradient_zero_and_the_taken_branch_one() -> None:
    where = GATES["where"]
    assert isinstance(where, Elementwise)
    assert [float(where.partial(i, [1.0, 5.0, 7.0])) for i in range(3)] == [0.0, 1.0, 0.0]
    assert [float(where.partial(i, [-1.0, 5.0, 7.0])) for i in range(3)] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("name", "shapes"), [(name, shapes) for name, cases in LINEAR_SHAPES.items() for shapes in cases], ids=str
)
def test_a_structural_gate_s_product_is_that_of_its_jacobian(name: str, shapes: tuple[tuple[int, ...], ...]) -> None:
    generator = np.random.default_rng(7)
    gate = GATES[name]
    inputs = [generator.normal(size=s) for s in shapes]
    _, options = gate.settle(tuple(shapes), {})
    output = gate.forward(*inputs, **options)
    upstream = generator.normal(size=np.shape(output))
    for i, value in enumerate(inputs):
        got = gate.vjp(i, upstream, output, inputs, options, 0.5)
        assert np.shape(got) == value.shape
        for index in np.ndindex(value.shape):
            moved = [v.copy() for v in inputs]
            moved[i][index] += 1.0  # linear in each argument: the difference is exact
            assert got[index] == pytest.approx(np.sum(upstream * (gate.forward(*moved, **options) - output)), abs=1e-12)


@pytest.mark.parametrize("options", [{"axis": 0}, {"axis": 1, "keepdims": True}, {"axis": -1}, {}])
def test_sum_and_mean_settle_the_shape_that_numpy_gives(options: dict[str, object]) -> None:
    value = np.ones((3, 4))
    for name, function in (("sum", np.sum), ("mean", np.mean)):
        shape, settled = GATES[name].settle(((3, 4),), options)
        assert shape == function(value, **options).shape  # type: ignore[operator]
        assert GATES[name].forward(value, **settled).shape == shape


def test_stacked_points_are_evaluated_as_one_by_one() -> None:
    generator = np.random.default_rng(3)
    stack, other = generator.normal(size=(6, 3, 4)), generator.normal(size=(4, 2))
    _, options = GATES["matmul"].settle(((3, 4), (4, 2)), {})
    together = GATES["matmul"].forward(stack, other, **options)
    assert np.allclose(together, [m @ other for m in stack])


def test_shapes_that_do_not_fit_are_told_in_letters() -> None:
    with pytest.raises(ShapeError, match=r"\(n_h, n_x\) @ \(n_y, n_h\): the inner dimensions n_x and n_y differ"):
        GATES["matmul"].settle((("n_h", "n_x"), ("n_y", "n_h")), {})
    with pytest.raises(ShapeError, match=r"\(n, m\) and \(m,\) .*|do not fit"):
        broadcast(("n", "k"), ("m",))


def test_a_broadcast_operand_gets_its_gradient_summed_back() -> None:
    g = np.ones((3, 4))
    assert unbroadcast(g, (3, 1)).tolist() == [[4.0]] * 3
    assert unbroadcast(g, (4,)).tolist() == [3.0] * 4
    assert unbroadcast(g, ()) == 12.0
    assert written(("n",)) == "(n,)"


def test_the_square_of_a_unit_that_is_off_has_gradient_zero() -> None:
    assert GATES["power"].vjp(0, 3.0, 0.0, [np.float64(0.0), np.float64(2.0)], {}, 0.5) == 0
    exercise = read_exercise(
        "name: squared-unit\ninputs: {x: , y: }\nforward: f = relu(x * y)**2 / 2\ngradients: [dx]\n"
    )
    assert len(trial_set(exercise, b"test", 0)) == 6
