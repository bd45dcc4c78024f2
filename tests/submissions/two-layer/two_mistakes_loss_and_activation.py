# wrong: dZ2=mismatch dW2=follow_through db2=follow_through dZ1=mismatch dW1=follow_through db1=follow_through
# finding: activation_derivative_twice
# finding: other_activation
# 両方の層で σ(1-σ) を掛ける
dZ2 = (A2 - Y) * A2 * (1 - A2)
dW2 = dZ2 @ A1.T / m
db2 = dZ2.sum(axis=1, keepdims=True) / m
dZ1 = (W2.T @ dZ2) * A1 * (1 - A1)
dW1 = dZ1 @ X.T / m
db1 = dZ1.sum(axis=1, keepdims=True) / m
