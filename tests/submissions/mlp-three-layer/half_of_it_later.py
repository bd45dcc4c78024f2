# right
# E/2 を微分してから最後に 2/m を掛ける
def backward(parameters, cache, X, T, eta):
    W1, W2, W3 = (parameters[k] for k in ("W1", "W2", "W3"))
    Z1, Z2, Y = cache["Z1"], cache["Z2"], cache["Y"]
    c = 2 / X.shape[1]
    e3 = Y - T
    e2 = (W3.T @ e3) * (Z2 - Z2 ** 2)
    e1 = (W2.T @ e2) * (Z1 - Z1 ** 2)
    dW3, dW2, dW1 = c * e3 @ Z2.T, c * e2 @ Z1.T, c * e1 @ X.T
    return dict(dW3=dW3, dW2=dW2, dW1=dW1, W3_new=W3 - eta * dW3, W2_new=W2 - eta * dW2, W1_new=W1 - eta * dW1)
