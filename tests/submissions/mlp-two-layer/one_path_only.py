# wrong: dW1=mismatch
# finding: path_dropped
# the first output's path only; the hidden units reach every output
delta2 = 2 * (Y - T) / m
dW2 = delta2 @ Z1.T
delta1 = W2[0].reshape(-1, 1) * delta2[0] * Z1 * (1 - Z1)
dW1 = delta1 @ X.T
W2_new = W2 - eta * dW2
W1_new = W1 - eta * dW1
