# right
dA_prev = (dZ.T @ W).T
dW = (A_prev @ dZ.T).T / m
db = dZ.mean(axis=1, keepdims=True)
