# right
# note: epsilon
import numpy as np
from dnn_utils import relu_backward, sigmoid_backward

def L_model_backward(AL, Y, caches):
    eps = 1e-8
    grads = {}
    dA = -(np.divide(Y, AL + eps) - np.divide(1 - Y, 1 - AL + eps))
    for l in (2, 1):
        (A_prev, W, b), Z = caches[l - 1]
        dZ = sigmoid_backward(dA, Z) if l == 2 else relu_backward(dA, Z)
        grads[f"dW{l}"] = dZ @ A_prev.T / A_prev.shape[1]
        grads[f"db{l}"] = dZ.mean(axis=1, keepdims=True)
        dA = W.T @ dZ
    return grads
