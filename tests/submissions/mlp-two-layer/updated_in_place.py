# right
import numpy as np

def backward(parameters, cache, X, T, eta):
    W1, W2, Z1, Y = parameters["W1"], parameters["W2"], cache["Z1"], cache["Y"]
    Y -= T
    Y *= 2 / T.shape[1]
    dZ1 = np.einsum("kj,ks->js", W2, Y)
    dW2 = np.einsum("ks,js->kj", Y, Z1)
    dW1 = np.einsum("js,is->ji", dZ1 * (Z1 - Z1 ** 2), X)
    W2 -= eta * dW2
    W1 -= eta * dW1
    return dW2, dW1, W2, W1
