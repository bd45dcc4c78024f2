# wrong: dW2=mismatch dW1=mismatch
# finding: updated_value
d3 = 2 / m * (Y - T)
dW3 = d3 @ Z2.T
W3 = W3 - eta * dW3
W3_new = W3
d2 = W3.T @ d3 * Z2 * (1 - Z2)
dW2 = d2 @ Z1.T
W2 = W2 - eta * dW2
W2_new = W2
d1 = W2.T @ d2 * Z1 * (1 - Z1)
dW1 = d1 @ X.T
W1_new = W1 - eta * dW1
