# right
import numpy as np

def backward_propagation(parameters, cache, X, Y):
    W2 = parameters["W2"]
    dW1s, db1s, dW2s, db2s = [], [], [], []
    for i in range(X.shape[1]):
        x, y = X[:, i:i+1], Y[:, i:i+1]
        a1, a2 = cache["A1"][:, i:i+1], cache["A2"][:, i:i+1]
        dz2 = a2 - y
        dz1 = W2.T @ dz2 * (1 - a1**2)
        dW2s.append(dz2 @ a1.T)
        db2s.append(dz2)
        dW1s.append(dz1 @ x.T)
        db1s.append(dz1)
    mean = lambda items: sum(items) / len(items)
    return {"dW1": mean(dW1s), "db1": mean(db1s), "dW2": mean(dW2s), "db2": mean(db2s)}
