# wrong: dW2=mismatch dW1=follow_through
# finding: sign
# the steps come to what they should
delta2 = 2 * (T - Y) / m
delta1 = (W2.T @ delta2) * Z1 * (1 - Z1)
dW2, dW1 = delta2 @ Z1.T, delta1 @ X.T
W2_new, W1_new = W2 + eta * dW2, W1 + eta * dW1
