# right
from math import e

def backward(x):
    df = 1.0
    local = e ** x
    return {"dfdx": local * df}
