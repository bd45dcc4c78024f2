# wrong: dW2=mismatch db2=follow_through dW1=follow_through db1=follow_through
# finding: activation_derivative_twice
import numpy as np
from dnn_utils import relu_backward, sigmoid_backward

def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    return np.dot(W.T, dZ), np.dot(dZ, A_prev.T) / m, np.sum(dZ, axis=1, keepdims=True) / m

def L_model_backward(AL, Y, caches):
    grads = {}
    dAL = AL - Y
    dA1, grads["dW2"], grads["db2"] = linear_backward(sigmoid_backward(dAL, caches[1][1]), caches[1][0])
    dA0, grads["dW1"], grads["db1"] = linear_backward(relu_backward(dA1, caches[0][1]), caches[0][0])
    return grads
