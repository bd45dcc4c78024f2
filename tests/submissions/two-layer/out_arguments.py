# right
import numpy as np

def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    A1, A2, W2 = cache["A1"], cache["A2"], parameters["W2"]
    dZ2 = np.empty_like(A2)
    np.subtract(A2, Y, out=dZ2)
    dW2 = np.dot(dZ2, A1.T)
    np.divide(dW2, m, out=dW2)
    db2 = np.add.reduce(dZ2, axis=1, keepdims=True)
    db2 /= m
    # A1 is overwritten with its own derivative, it is not needed any more
    np.multiply(A1, A1, out=A1)
    np.subtract(1, A1, out=A1)
    dZ1 = np.dot(W2.T, dZ2)
    dZ1 *= A1
    dW1 = np.dot(dZ1, X.T)
    dW1 /= m
    db1 = np.add.reduce(dZ1, axis=1, keepdims=True)
    db1 /= m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
