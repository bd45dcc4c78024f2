# wrong: dW2=mismatch db2=follow_through dW1=follow_through db1=follow_through
# finding: term_sign
import numpy as np
from dnn_utils import relu_backward, sigmoid_backward

def L_model_backward(AL, Y, caches):
    m = AL.shape[1]
    dA = -np.divide(Y, AL) - np.divide(1 - Y, 1 - AL)
    grads = {}
    for l, backward in ((2, sigmoid_backward), (1, relu_backward)):
        (A_prev, W, b), Z = caches[l - 1]
        dZ = backward(dA, Z)
        grads["dW%d" % l] = np.dot(dZ, A_prev.T) / m
        grads["db%d" % l] = np.sum(dZ, axis=1, keepdims=True) / m
        dA = np.dot(W.T, dZ)
    return grads
