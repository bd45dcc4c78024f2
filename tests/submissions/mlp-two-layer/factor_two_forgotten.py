# wrong: dW2=mismatch dW1=follow_through
# finding: factor
def backward(parameters, cache, X, T, eta):
    W1, W2 = parameters["W1"], parameters["W2"]
    Z1 = cache["Z1"]
    delta2 = (cache["Y"] - T) / X.shape[1]
    delta1 = W2.T @ delta2 * Z1 * (1 - Z1)
    dW2, dW1 = delta2 @ Z1.T, delta1 @ X.T
    return dW2, dW1, W2 - eta * dW2, W1 - eta * dW1
