# wrong: dW2=mismatch db2=follow_through dW1=follow_through db1=follow_through
# finding: sign
import numpy as np
from dnn_utils import relu_backward, sigmoid_backward

def L_model_backward(AL, Y, caches):
    m = Y.shape[1]
    (A0, W1, b1), Z1 = caches[0]
    (A1, W2, b2), Z2 = caches[1]
    dAL = np.divide(Y, AL) - np.divide(1 - Y, 1 - AL)   # マイナスを忘れた
    dZ2 = sigmoid_backward(dAL, Z2)
    dZ1 = relu_backward(np.dot(W2.T, dZ2), Z1)
    grads = {}
    for k, dZ, A in ((2, dZ2, A1), (1, dZ1, A0)):
        grads[f"dW{k}"] = np.dot(dZ, A.T) / m
        grads[f"db{k}"] = np.sum(dZ, axis=1, keepdims=True) / m
    return grads
