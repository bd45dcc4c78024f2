# wrong: db=wrong_shape
# finding: bias_wrong_axis
dW = dZ @ A_prev.T / m
db = dZ.sum(axis=0, keepdims=True) / m
dA_prev = W.T @ dZ
