# wrong: dW2=mismatch dW1=follow_through
# finding: rate_in_gradient
m = X.shape[1]
delta = 2 * (Y - T) / m
dW2 = eta * delta @ Z1.T
dW1 = eta * (W2.T @ delta * Z1 * (1 - Z1)) @ X.T
W2_new = W2 - dW2
W1_new = W1 - dW1
