"""What a teacher writes who checks `two-layer` without this project: both passes, points, and the comparison.

It needs NumPy and nothing else; the peers that grade a file get its text.
"""

import numpy as np

SIZES = ((2, 4, 1, 3), (3, 5, 7, 11), (7, 3, 5, 4), (5, 11, 3, 1), (3, 7, 1, 5), (11, 4, 3, 7))  # n_x, n_h, n_y, m


def point(n_x, n_h, n_y, m, seed=0):
    """Parameters, inputs and labels, drawn from the seed."""
    draw = np.random.default_rng(seed).normal
    parameters = {"W1": draw(size=(n_h, n_x)), "b1": draw(size=(n_h, 1))}
    parameters |= {"W2": draw(size=(n_y, n_h)), "b2": draw(size=(n_y, 1))}
    return parameters, draw(size=(n_x, m)), (draw(size=(n_y, m)) > 0).astype(float)


def forward(parameters, X):
    """What the backward pass reads."""
    Z1 = parameters["W1"] @ X + parameters["b1"]
    A1 = np.tanh(Z1)
    Z2 = parameters["W2"] @ A1 + parameters["b2"]
    return {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": 1 / (1 + np.exp(-Z2))}


def backward(parameters, cache, X, Y):
    """The gradients of the mean log loss."""
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dZ1 = parameters["W2"].T @ dZ2 * (1 - cache["A1"] ** 2)
    gradients = {"dW2": dZ2 @ cache["A1"].T / m, "db2": dZ2.sum(axis=1, keepdims=True) / m}
    return gradients | {"dW1": dZ1 @ X.T / m, "db1": dZ1.sum(axis=1, keepdims=True) / m}


def right(backward_propagation):
    """Whether a student's function is right at all points."""
    for seed, sizes in enumerate(SIZES):
        parameters, X, Y = point(*sizes, seed)
        cache = forward(parameters, X)
        found = backward_propagation(parameters, cache, X, Y)
        for name, exact in backward(parameters, cache, X, Y).items():
            if np.shape(found[name]) != exact.shape or not np.allclose(found[name], exact, rtol=1e-8, atol=1e-12):
                return False
    return True
