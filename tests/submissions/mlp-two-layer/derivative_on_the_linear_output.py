# wrong: dW2=mismatch dW1=follow_through
# Y は恒等関数の出力なのに、シグモイドの微分を掛けてしまう
delta2 = 2 * (Y - T) * Y * (1 - Y) / m
dW2 = delta2 @ Z1.T
delta1 = W2.T @ delta2 * Z1 * (1 - Z1)
dW1 = delta1 @ X.T
W2_new = W2 - eta * dW2
W1_new = W1 - eta * dW1
