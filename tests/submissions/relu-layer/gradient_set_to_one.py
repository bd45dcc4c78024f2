# wrong: dx=mismatch
# finding: factor_dropped
# dout を書き換えている: 正の所は 1 にしてしまった
def relu_backward(dout, cache):
    dx = dout
    dx[cache > 0] = 1
    dx[cache <= 0] = 0
    return dx
