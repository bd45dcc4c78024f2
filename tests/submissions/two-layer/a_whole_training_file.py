# right
import matplotlib.pyplot as plt
from planar_utils import *
import numpy as np

def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    W1, W2 = parameters["W1"], parameters["W2"]
    A1, A2 = cache["A1"], cache["A2"]
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


np.random.seed(3)
X_assess, Y_assess = np.random.randn(2, 400), np.random.randn(1, 400) > 0
plt.scatter(X_assess[0, :], X_assess[1, :])
for i in range(10**9):
    grads = backward_propagation({}, {}, X_assess, Y_assess)
print("training done")
