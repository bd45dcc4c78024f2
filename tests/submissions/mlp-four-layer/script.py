# right
delta4 = 2 * (Y - T) / m
dW4 = delta4 @ Z3.T
delta3 = (W4.T @ delta4) * Z3 * (1 - Z3)
dW3 = delta3 @ Z2.T
delta2 = (W3.T @ delta3) * Z2 * (1 - Z2)
dW2 = delta2 @ Z1.T
delta1 = (W2.T @ delta2) * Z1 * (1 - Z1)
dW1 = delta1 @ X.T

W4_new = W4 - eta * dW4
W3_new = W3 - eta * dW3
W2_new = W2 - eta * dW2
W1_new = W1 - eta * dW1
