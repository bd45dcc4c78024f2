# wrong: dW4=mismatch W4_new=mismatch
# finding: other_operand
# n_1 = n_3 in the example, so nothing complains there
delta4 = 2 * (Y - T) / m
delta3 = (W4.T @ delta4) * Z3 * (1 - Z3)
delta2 = (W3.T @ delta3) * Z2 * (1 - Z2)
delta1 = (W2.T @ delta2) * Z1 * (1 - Z1)
dW1 = delta1 @ X.T
dW2 = delta2 @ Z1.T
dW3 = delta3 @ Z2.T
dW4 = delta4 @ Z1.T
W1_new = W1 - eta * dW1
W2_new = W2 - eta * dW2
W3_new = W3 - eta * dW3
W4_new = W4 - eta * dW4
