# wrong: db=mismatch
# finding: bias_from_weights
dW = dZ @ A_prev.T / m
db = dW.sum(axis=1, keepdims=True)
dA_prev = W.T @ dZ
