# right
from math import exp

def sigmoid_backward(dA, cache):
    dZ = []
    for i in range(len(cache)):
        row = []
        for j in range(len(cache[i])):
            s = 1 / (1 + exp(-cache[i][j]))
            row.append(dA[i][j] * s * (1 - s))
        dZ.append(row)
    return dZ
