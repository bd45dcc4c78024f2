# wrong: dW2=mismatch db2=mismatch dW1=mismatch db1=mismatch
# finding: fails_on_hidden_trials
# right by luck while there is one output unit
import numpy as np

def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    grads = {"dW2": np.dot(dZ2, cache["A1"].T) / m, "db2": np.mean(dZ2, axis=1, keepdims=True)}
    dZ1 = parameters["W2"].T * dZ2 * (1 - cache["A1"] ** 2)
    grads["dW1"] = np.dot(dZ1, X.T) / m
    grads["db1"] = np.mean(dZ1, axis=1, keepdims=True)
    return grads
