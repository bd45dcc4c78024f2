# wrong: dW1=mismatch
# finding: other_activation
delta2 = 2 * (Y - T) / m
dW2 = delta2 @ Z1.T
delta1 = (W2.T @ delta2) * (1 - Z1 ** 2)
dW1 = delta1 @ X.T
W2_new = W2 - eta * dW2
W1_new = W1 - eta * dW1
