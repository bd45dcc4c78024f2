# wrong: dW1=mismatch
# finding: activation_derivative_missing
d3 = 2 / m * (Y - T)
d2 = W3.T @ d3 * Z2 * (1 - Z2)
d1 = W2.T @ d2
dW3, dW2, dW1 = d3 @ Z2.T, d2 @ Z1.T, d1 @ X.T
W3_new, W2_new, W1_new = W3 - eta * dW3, W2 - eta * dW2, W1 - eta * dW1
