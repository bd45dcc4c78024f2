# not_run: raised
# finding: shapes_do_not_broadcast
def backward(parameters, cache, X, T, eta):
    W1, W2, W3 = parameters["W1"], parameters["W2"], parameters["W3"]
    Z1, Z2 = cache["Z1"], cache["Z2"]
    d3 = 2 * (cache["Y"] - T) / X.shape[1]
    d2 = W3.T * d3 * Z2 * (1 - Z2)
    d1 = W2.T * d2 * Z1 * (1 - Z1)
    dW3, dW2, dW1 = d3 @ Z2.T, d2 @ Z1.T, d1 @ X.T
    return dW3, dW2, dW1, W3 - eta * dW3, W2 - eta * dW2, W1 - eta * dW1
