# right
import numpy as np

def relu_back(dA, Z):
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    assert dZ.shape == Z.shape
    return dZ

def sigmoid_back(dA, Z):
    s = 0.5 + 0.5 * np.tanh(0.5 * Z)
    return dA * s * (1 - s)

def L_model_backward(AL, Y, caches):
    Y = Y.reshape(AL.shape)
    m = AL.shape[1]
    grads, L = {}, len(caches)
    grads["dA" + str(L)] = dA = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
    for l in reversed(range(L)):
        (A_prev, W, b), Z = caches[l]
        dZ = (sigmoid_back if l == L - 1 else relu_back)(dA, Z)
        dA = grads["dA" + str(l)] = np.dot(W.T, dZ)
        grads["dW" + str(l + 1)] = 1.0 / m * np.dot(dZ, A_prev.T)
        grads["db" + str(l + 1)] = 1.0 / m * np.sum(dZ, axis=1, keepdims=True)
    return grads
