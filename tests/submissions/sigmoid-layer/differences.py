# wrong: dx=mismatch
# finding: numerical_derivative
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def sigmoid_backward(dA, cache):
    h = 1e-4
    return dA * (sigmoid(cache + h) - sigmoid(cache)) / h
