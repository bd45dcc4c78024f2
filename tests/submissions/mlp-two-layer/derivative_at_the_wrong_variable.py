# wrong: dW1=mismatch
# finding: activation_derivative_at_wrong_value
def backward(parameters, cache, X, T, eta):
    W1, W2 = parameters["W1"], parameters["W2"]
    U1, Z1, Y = cache["U1"], cache["Z1"], cache["Y"]
    d2 = 2 * (Y - T) / X.shape[1]
    d1 = W2.T.dot(d2) * U1 * (1 - U1)
    dW2, dW1 = d2.dot(Z1.T), d1.dot(X.T)
    return {"dW2": dW2, "dW1": dW1, "W2_new": W2 - eta * dW2, "W1_new": W1 - eta * dW1}
