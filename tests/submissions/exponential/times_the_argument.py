# wrong: dx=mismatch
# finding: argument_for_derivative
import math


def backward(x):
    return {"dx": x * math.exp(x)}
