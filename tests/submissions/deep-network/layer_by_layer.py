# right
import numpy as np
from dnn_utils import sigmoid, sigmoid_backward, relu, relu_backward

def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = np.dot(dZ, A_prev.T) / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    return np.dot(W.T, dZ), dW, db

def L_model_backward(AL, Y, caches):
    grads = {}
    L = len(caches)
    dA = np.divide(1 - Y, 1 - AL) - np.divide(Y, AL)
    for l in range(L, 0, -1):
        linear_cache, Z = caches[l - 1]
        step = sigmoid_backward if l == L else relu_backward
        dA, grads["dW" + str(l)], grads["db" + str(l)] = linear_backward(step(dA, Z), linear_cache)
        grads["dA" + str(l - 1)] = dA
    return grads
