# wrong: dW4=mismatch dW3=follow_through dW2=follow_through dW1=follow_through
# finding: not_averaged
delta4 = 2 * (Y - T)
delta3 = (W4.T @ delta4) * Z3 * (1 - Z3)
delta2 = (W3.T @ delta3) * Z2 * (1 - Z2)
delta1 = (W2.T @ delta2) * Z1 * (1 - Z1)
dW4, dW3, dW2, dW1 = delta4 @ Z3.T, delta3 @ Z2.T, delta2 @ Z1.T, delta1 @ X.T
W4_new, W3_new, W2_new, W1_new = W4 - eta * dW4, W3 - eta * dW3, W2 - eta * dW2, W1 - eta * dW1
