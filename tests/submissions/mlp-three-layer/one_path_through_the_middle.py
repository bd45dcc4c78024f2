# wrong: dW1=mismatch
# finding: path_dropped
import numpy as np

def backward(parameters, cache, X, T, eta):
    W1, W2, W3 = parameters["W1"], parameters["W2"], parameters["W3"]
    Z1, Z2 = cache["Z1"], cache["Z2"]
    d3 = 2 * (cache["Y"] - T) / X.shape[1]
    d2 = np.dot(W3.T, d3) * Z2 * (1 - Z2)
    d1 = np.outer(W2[-1], d2[-1]) * Z1 * (1 - Z1)   # 最後のユニットを通る経路だけ
    dW3, dW2, dW1 = np.dot(d3, Z2.T), np.dot(d2, Z1.T), np.dot(d1, X.T)
    return dW3, dW2, dW1, W3 - eta * dW3, W2 - eta * dW2, W1 - eta * dW1
