# wrong: dx=mismatch
# finding: activation_derivative_at_wrong_value
def sigmoid_backward(dA, cache):
    return dA * cache * (1 - cache)
