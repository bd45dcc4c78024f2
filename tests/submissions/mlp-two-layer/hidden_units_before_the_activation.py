# wrong: dW2=mismatch
# finding: other_operand
delta2 = 2 * (Y - T) / m
dW2 = delta2 @ U1.T
delta1 = (W2.T @ delta2) * Z1 * (1 - Z1)
dW1 = delta1 @ X.T
W2_new = W2 - eta * dW2
W1_new = W1 - eta * dW1
