"""The modules that courses hand out: right, complete, and without what is asked."""

import ast
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from grader.interface import Interface, InterfaceError
from grader.provided import provided_modules, sources


def interface(**spec: str) -> Interface:
    return Interface("x", (), spec)


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the modules of these names as ordinary ones."""

    def loaded(name: str) -> Any:
        made: dict[str, ModuleType] = {}
        for each, source in reversed(provided_modules([name], []).items()):
            made[each] = ModuleType(each)
            monkeypatch.setitem(sys.modules, each, made[each])
            exec(source, made[each].__dict__)
        return made[name]

    return loaded


def derivative(f: Any, x: Any, upstream: Any) -> Any:
    """d sum(upstream * f(x)) / dx by central differences."""
    found = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = 1e-6
        found[index] = np.sum(upstream * (f(x + step) - f(x - step))) / 2e-6
    return found


RANDOM = np.random.default_rng(5)
X, W, B, DOUT = (RANDOM.normal(size=s) for s in ((4, 3), (3, 2), (2,), (4, 2)))
LABELS = np.array([1, 0, 2, 1])
ONE_HOT = np.eye(3)[LABELS]


def close(one: Any, other: Any) -> None:
    np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-8)
    assert np.shape(one) == np.shape(other)


@pytest.mark.parametrize("module", ["dnn_utils", "dnn_utils_v2"])
@pytest.mark.parametrize("name", ["sigmoid", "relu"])
def test_ngs_activations_give_value_and_cache_and_their_backward_is_right(load: Any, module: str, name: str) -> None:
    utils = load(module)
    forward, backward = getattr(utils, name), getattr(utils, f"{name}_backward")
    value, cache = forward(X)
    assert cache is X
    close(value, 1 / (1 + np.exp(-X)) if name == "sigmoid" else X * (X > 0))
    close(backward(ONE_HOT + X, cache), derivative(lambda z: forward(z)[0], X, ONE_HOT + X))


def test_saitohs_functions_are_what_they_are_called(load: Any) -> None:
    functions = load("common.functions")
    close(functions.sigmoid_grad(X), derivative(functions.sigmoid, X, np.ones_like(X)))
    close(functions.relu_grad(X), derivative(functions.relu, X, np.ones_like(X)))
    close(functions.identity_function(X), X)
    assert functions.step_function(np.array([-1.0, 0.0, 2.0])).tolist() == [0, 0, 1]
    y = functions.softmax(1000 * X)
    assert np.isfinite(y).all()
    close(y.sum(axis=1), np.ones(4))
    close(functions.softmax(X[0]), functions.softmax(X)[0])
    close(functions.sum_squared_error(X, ONE_HOT), np.sum((X - ONE_HOT) ** 2) / 2)
    close(functions.mean_squared_error(X, ONE_HOT), np.sum((X - ONE_HOT) ** 2) / 2)


def test_saitohs_cross_entropy_is_a_mean_with_1e_7_in_the_logarithm_for_either_kind_of_labels(load: Any) -> None:
    functions = load("common.functions")
    y = functions.softmax(X)
    wanted = -np.mean(np.log(y[np.arange(4), LABELS] + 1e-7))
    for t in (LABELS, ONE_HOT):
        assert float(functions.cross_entropy_error(y, t)) == pytest.approx(float(wanted), rel=1e-15)
    assert functions.cross_entropy_error(y[0], ONE_HOT[0]) == functions.cross_entropy_error(y[:1], LABELS[:1])


@pytest.mark.parametrize("name", ["Relu", "Sigmoid", "Affine"])
def test_saitohs_layers_go_backward_as_they_go_forward(load: Any, name: str) -> None:
    layers = load("common.layers")
    arguments = (W, B) if name == "Affine" else ()
    upstream = DOUT if name == "Affine" else X + 1
    layer = getattr(layers, name)(*arguments)
    layer.forward(X)
    close(layer.backward(upstream), derivative(lambda x: getattr(layers, name)(*arguments).forward(x), X, upstream))
    if name == "Affine":
        close(layer.dW, derivative(lambda w: layers.Affine(w, B).forward(X), W, DOUT))
        close(layer.db, derivative(lambda b: layers.Affine(W, b).forward(X), B, DOUT))


def test_saitohs_affine_layer_keeps_references_and_takes_images(load: Any) -> None:
    layer = load("common.layers").Affine(W, B)
    assert layer.W is W
    assert layer.forward(X.reshape(4, 3, 1)).shape == (4, 2)
    assert layer.backward(DOUT).shape == (4, 3, 1)


@pytest.mark.parametrize("t", [LABELS, ONE_HOT], ids=["labels", "one-hot"])
def test_saitohs_softmax_with_loss_has_the_gradient_of_the_mean_loss(load: Any, t: Any) -> None:
    layers = load("common.layers")
    layer = layers.SoftmaxWithLoss()
    layer.forward(X, t)
    np.testing.assert_allclose(
        layer.backward(), derivative(lambda x: layers.SoftmaxWithLoss().forward(x, t), X, 1.0), rtol=1e-5, atol=1e-6
    )


def test_saitohs_numerical_gradient_is_one_and_leaves_its_input(load: Any) -> None:
    x = X.copy()
    close(load("common.gradient").numerical_gradient(lambda v: np.sum(v**3), x), 3 * X**2)
    assert np.array_equal(x, X)


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 1)])
def test_cs231ns_affine_layers_go_backward_as_they_go_forward(load: Any, shape: tuple[int, ...]) -> None:
    layers, utils = load("cs231n.layers"), load("cs231n.layer_utils")
    x = X.reshape(shape)
    for forward, backward in (
        (layers.affine_forward, layers.affine_backward),
        (utils.affine_relu_forward, utils.affine_relu_backward),
    ):
        dx, dw, db = backward(DOUT, forward(x, W, B)[1])
        close(dx, derivative(lambda v, f=forward: f(v, W, B)[0], x, DOUT))
        close(dw, derivative(lambda v, f=forward: f(x, v, B)[0], W, DOUT))
        close(db, derivative(lambda v, f=forward: f(x, W, v)[0], B, DOUT))
    close(
        layers.relu_backward(X + 1, layers.relu_forward(X)[1]),
        derivative(lambda v: layers.relu_forward(v)[0], X, X + 1),
    )


@pytest.mark.parametrize("name", ["softmax_loss", "svm_loss"])
def test_cs231ns_losses_have_their_gradients(load: Any, name: str) -> None:
    loss = getattr(load("cs231n.layers"), name)
    close(loss(X, LABELS)[1], derivative(lambda v: loss(v, LABELS)[0], X, 1.0))


@pytest.mark.parametrize("module", sources())
def test_every_module_is_plain_definitions_over_numpy_with_a_docstring(module: str) -> None:
    tree = ast.parse(sources()[module])
    kinds = (ast.Expr, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    assert all(isinstance(statement, kinds) for statement in tree.body)
    assert ast.get_docstring(tree)
    imported = {a.name for s in tree.body if isinstance(s, ast.Import) for a in s.names}
    imported |= {s.module or "" for s in tree.body if isinstance(s, ast.ImportFrom)}
    assert imported <= {"numpy", *sources()}


def test_what_is_asked_is_taken_out_wherever_it_is() -> None:
    asked = [interface(function="affine_backward"), interface(**{"class": "Affine"}), interface(kind="script")]
    given = provided_modules(["cs231n.layers", "common.layers"], asked)
    for text in given.values():
        assert "def affine_backward" not in text
        assert "class Affine" not in text
    assert "def relu_backward" in given["cs231n.layers"]
    assert "class Relu" in given["common.layers"]
    assert "def affine_backward" in sources()["cs231n.layers"]


def test_what_a_module_imports_comes_with_it() -> None:
    assert set(provided_modules(["common.layers"], [])) == {"common.layers", "common.functions"}
    assert set(provided_modules(["cs231n.layer_utils", "dnn_utils"], [])) == {
        "cs231n.layer_utils", "cs231n.layers", "dnn_utils",
    }  # fmt: skip
    assert provided_modules([], []) == {}


@pytest.mark.parametrize("name", ["torch", "../exercises", "common", "", "dnn_utils.py"])
def test_a_module_that_is_not_there_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(InterfaceError, match=r"is not a module that is provided; there are: common\.functions, "):
        provided_modules([name], [])
