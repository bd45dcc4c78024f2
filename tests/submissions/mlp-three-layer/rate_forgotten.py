# wrong: W3_new=mismatch W2_new=mismatch W1_new=mismatch
# finding: rate_missing
d3 = 2 / m * (Y - T)
d2 = W3.T @ d3 * Z2 * (1 - Z2)
d1 = W2.T @ d2 * Z1 * (1 - Z1)
dW3, dW2, dW1 = d3 @ Z2.T, d2 @ Z1.T, d1 @ X.T
W3_new, W2_new, W1_new = W3 - dW3, W2 - dW2, W1 - dW1
