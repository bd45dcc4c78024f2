# wrong: dW1=mismatch db1=follow_through
# finding: averaged_twice
import numpy as np
from dnn_utils import relu_backward

def L_model_backward(AL, Y, caches):
    m = Y.shape[1]
    (A0, W1, b1), Z1 = caches[0]
    (A1, W2, b2), Z2 = caches[1]
    dZ2 = AL - Y
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = relu_backward(W2.T @ dZ2 / m, Z1)
    dW1 = dZ1 @ A0.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
