# right
import numpy as np

def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

def tanh_derivative(z):
    # tanh(z) = 2*sigmoid(2z) - 1
    s = sigmoid(2 * z)
    return 4 * s * (1 - s)

def backward_propagation(parameters, cache, X, Y):
    number_of_samples = X.shape[1]
    error_out = sigmoid(cache["Z2"]) - Y
    error_hidden = parameters["W2"].T.dot(error_out) * tanh_derivative(cache["Z1"])
    grads = {}
    for name, error, inputs in (("2", error_out, cache["A1"]), ("1", error_hidden, X)):
        grads["dW" + name] = error.dot(inputs.T) / number_of_samples
        grads["db" + name] = error.mean(axis=1, keepdims=True)
    return grads
