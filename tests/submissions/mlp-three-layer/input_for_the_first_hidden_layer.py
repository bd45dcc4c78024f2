# wrong: dW2=wrong_shape W2_new=missing W1_new=missing
# finding: other_operand
d3 = 2 / m * (Y - T)
d2 = W3.T @ d3 * Z2 * (1 - Z2)
d1 = W2.T @ d2 * Z1 * (1 - Z1)
dW3 = d3 @ Z2.T
dW2 = d2 @ X.T
dW1 = d1 @ X.T
W3_new = W3 - eta * dW3
W2_new = W2 - eta * dW2
W1_new = W1 - eta * dW1
