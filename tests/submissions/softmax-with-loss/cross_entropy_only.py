# wrong: dx=mismatch
# finding: activation_derivative_missing
# クロスエントロピーだけを微分し、ソフトマックスを忘れた
def backward(x, t, y):
    return -t / y / len(t)
