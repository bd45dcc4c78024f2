"""Right answers in symbols to the exercises of arrays, as students write them: some styles for each exercise."""

TWO_LAYER = {
    "dZ2": "A2 - Y",
    "dW2": "dZ2 @ A1.T / m",
    "db2": "np.sum(dZ2, axis=1, keepdims=True) / m",
    "dZ1": "(W2.T @ dZ2) * (1 - A1**2)",
    "dW1": "dZ1 @ X.T / m",
    "db1": "np.sum(dZ1, axis=1, keepdims=True) / m",
}
RIGHT: dict[str, list[dict[str, str]]] = {
    "two-layer": [
        TWO_LAYER,
        {  # as in LaTeX, with the layer above
            "dZ2": "A^{[2]} - Y",
            "dW2": r"\frac{\partial J}{\partial W_2} = \frac{1}{m} dZ^{[2]} A^{[1]T}",
            "db2": r"\frac{1}{m} \text{sum}(dZ^{[2]}, axis=1)",
            "dZ1": r"W^{[2]\top} dZ^{[2]} \odot \left(1 - A_1^2\right)",
            "dW1": r"\frac{1}{m} \mathbf{dZ}_1 \cdot \mathbf{X}^T",
            "db1": r"\frac1m \operatorname{sum}(dZ_1, axis=1)",
        },
        {  # as on paper, with a line of one's own, in any order
            "dW1": "1/m dZ₁ Xᵀ",
            "db1": "dZ1.sum(axis=1)/m",
            "dZ1": "dA1 ∘ (1 - tanh²(Z1))",
            "dA1": "W2^T (A2 - Y)",
            "dZ2": "sigmoid(Z2) - Y",
            "dW2": "(A2 - Y) A1^T / m",
            "db2": "mean(A2 - Y, axis=1, keepdims=True)",
        },
        {  # as in NumPy
            "dZ2": "np.subtract(A2, Y)",
            "dW2": "np.dot(dZ2, A1.T) / m",
            "db2": "1/m * np.sum(dZ2, 1, keepdims=True)",
            "dZ1": "np.multiply(np.dot(W2.T, dZ2), 1 - np.power(A1, 2))",
            "dW1": "np.matmul(dZ1, np.transpose(X)) * (1/m)",
            "db1": "np.mean(dZ1, axis=1, keepdims=True)",
        },
        {  # nothing simplified
            "dZ2": "dA2 * A2 * (1 - A2)",
            "dA2": "-Y/A2 + (1 - Y)/(1 - A2)",
            "dW2": "dZ2.dot(A1.T)/m",
            "db2": "sum(dZ2, axis=1, keepdims=True)/m",
            "dZ1": "W2.T @ dZ2 / np.cosh(Z1)**2",
            "dW1": "(X @ dZ1.T).T / m",
            "db1": "sum(dZ1, axis=1, keepdims=True)/m",
        },
    ],
    "two-layer-one-sample": [
        {"dz2": "a2 - y", "dW2": "dz2 a1^T", "db2": "dz2", "dz1": "W2^T dz2 * (1 - a1^2)", "dW1": "dz1 x^T",
         "db1": "dz1"}
    ],
    "logistic-regression": [
        {"da": "-y/a + (1-y)/(1-a)", "dz": "da * a * (1 - a)", "dw": "dz x^T", "db": "dz"},
        {"da": r"\frac{a-y}{a(1-a)}", "dz": "a - y", "dw": "x.T * (a - y)", "db": "a - y"},
    ],
    "logistic-regression-batch": [
        {"dw": "X (A-Y)^T / m", "db": "np.sum(A - Y)/m"},
        {"dw": r"\frac{1}{m} X \left[\sigma(w^TX+b) - Y\right]^T", "db": r"\frac{1}{m} \text{sum}(A - Y)"},
        {"dZ": "A - Y", "dw": "1/m X @ dZ.T", "db": "mean(dZ)"},
    ],
    "linear-layer": [{"dW": "dZ @ A_prev.T / m", "db": "sum(dZ, axis=1)/m", "dA_prev": "W.T @ dZ"}],
    "affine-layer": [
        {"grad_w": "x^T delta", "grad_b": "sum(delta, axis=0)", "grad_x": "delta w^T"},
        {"grad_w": "x.T @ delta", "grad_b": "delta.sum(axis=0)", "grad_x": "(w delta^T)^T"},
    ],
    "affine-layer-images": [
        {"dx": "np.reshape(dout @ w.T, (N, d1, d2))", "dw": "x.reshape(N, D).T @ dout", "db": "np.sum(dout, axis=0)"}
    ],
    "middle-layer": [
        {
            "y": "np.maximum(0, U)", "dU": "grad_y * (U > 0)", "dW": "X.T @ dU", "db": "sum(dU, axis=0)",
            "dX": "dU @ W.T", "W_new": "W - eta*dW", "b_new": "b - eta*db",
        },
        {
            "y": "relu(X @ W + b)", "dU": "np.where(U > 0, grad_y, 0)", "dW": "X^T dU", "db": "dU.sum(axis=0)",
            "dX": "dU W^T", "W_new": "W - eta X^T dU", "b_new": "b - eta db",
        },
    ],
    "output-layer-softmax": [
        {"y": "softmax(U)", "dU": "y - t", "dW": "X^T dU", "db": "sum(dU, axis=0)", "dX": "dU W^T",
         "W_new": "W - eta dW", "b_new": "b - eta db"},
    ],
    "mlp-two-layer": [
        {"dY": "2c/m (Y - T)", "dW2": "dY Z1^T", "dW1": "(W2^T dY * Z1 * (1 - Z1)) X^T",
         "W2_new": "W2 - eta dW2", "W1_new": "W1 - eta dW1"},
    ],
    "two-layer-softmax": [
        {"ds": "(softmax(scores, axis=1) - one_hot(y, C))/N", "dW2": "hidden^T ds + reg W2", "db2": "sum(ds, axis=0)",
         "dh": "ds W2^T * (hidden > 0)", "dW1": "X^T dh + reg W1", "db1": "dh.sum(axis=0)"},
    ],
    "softmax-loss": [{"loss": "-mean(take(logp, y))", "dx": "(np.exp(logp) - np.eye(C)[y])/N"}],
    "svm-scores": [
        {"loss": "sum(margins)/N - 1", "v": "1(margins > 0)",
         "dx": "(v - one_hot(y, C) * sum(v, axis=1, keepdims=True))/N"}
    ],
    "sigmoid-neuron-vector": [
        {"ddot": "f(1-f)", "dw": "[x[0] ddot, x[1] ddot, ddot]", "dx": "np.array([w[0]*ddot, w[1]*ddot])"}
    ],
    "gradient-descent-step": [
        {"dw": "w - t", "du": "u^3", "w_1": "w - rho dw", "u_1": "u - rho*du", "w_2": "w_1 - rho (w_1 - t)",
         "u_2": "u_1 - rho u_1^3"},
    ],
    "relu-layer": [{"dx": "dout * (x > 0)"}, {"dx": r"dout \odot \mathbb{1}(x > 0)"}],
    "sigmoid-layer": [{"dx": "dout * out * (1 - out)"}],
    "softmax-with-loss": [{"dx": "(y - t)/N"}],
    "squared-error": [{"dy": "y - t"}],
    "deep-network": [
        {"dZ2": "(A2 - Y)/m", "dW2": "dZ2 A1^T", "db2": "sum(dZ2, axis=1)", "dZ1": "W2^T dZ2 * (Z1 > 0)",
         "dW1": "dZ1 X^T", "db1": "sum(dZ1, axis=1)"},
    ],
    "mlp-three-layer": [
        {"dY": "2/m (Y - T)", "dW3": "dY Z2^T", "dU2": "W3^T dY * Z2 * (1 - Z2)", "dW2": "dU2 Z1^T",
         "dU1": "W2^T dU2 * Z1 * (1 - Z1)", "dW1": "dU1 X^T", "W3_new": "W3 - eta dW3", "W2_new": "W2 - eta dW2",
         "W1_new": "W1 - eta dW1"},
    ],
    "svm-loss": [
        {"v": "margins > 0", "ds": "(v - one_hot(y, C) * sum(v, axis=1, keepdims=True))/N", "dW": "X^T ds + 2 reg W",
         "db": "sum(ds, axis=0)"},
    ],
    "two-layer-net": [
        {"da2": "(y - t)/N", "dW2": "z1^T da2", "db2": "sum(da2, axis=0)", "da1": "da2 W2^T * 1(a1 > 0)",
         "dW1": "x^T da1", "db1": "sum(da1, axis=0)"},
    ],
    "output-layer-squared-error": [
        {"y": "X W + b", "dU": "y - t", "dW": "X^T dU", "db": "sum(dU, axis=0)", "dX": "dU W^T",
         "W_new": "W - eta*dW", "b_new": "b - eta*db"},
    ],
}  # fmt: skip
