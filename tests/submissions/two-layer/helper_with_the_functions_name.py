# right
def backward_propagation(dZ, A_prev):
    m = A_prev.shape[1]
    return dZ @ A_prev.T / m, dZ.sum(axis=1, keepdims=True) / m


dZ2 = A2 - Y
dW2, db2 = backward_propagation(dZ2, A1)
dZ1 = (W2.T @ dZ2) * (1 - A1**2)
dW1, db1 = backward_propagation(dZ1, X)
