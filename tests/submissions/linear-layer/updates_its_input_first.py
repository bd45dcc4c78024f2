# right
dA_prev = W.T @ dZ
dZ = dZ / m
dW = dZ @ A_prev.T
db = dZ.sum(axis=1, keepdims=True)
