# wrong: dW1=mismatch
# finding: updated_value
def backward(parameters, cache, X, T, eta):
    W1, W2 = parameters["W1"], parameters["W2"]
    Z1 = cache["Z1"]
    delta2 = 2 * (cache["Y"] - T) / X.shape[1]
    dW2 = delta2 @ Z1.T
    W2 = W2 - eta * dW2
    delta1 = W2.T @ delta2 * Z1 * (1 - Z1)
    dW1 = delta1 @ X.T
    W1 = W1 - eta * dW1
    return {"dW2": dW2, "dW1": dW1, "W2_new": W2, "W1_new": W1}
