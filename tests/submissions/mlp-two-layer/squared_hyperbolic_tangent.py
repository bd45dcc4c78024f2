# right
import numpy as np

# sigmoid'(u) = (1 - tanh(u/2)^2) / 4
slope = (1 - np.tanh(U1 / 2) ** 2) / 4
E = Y - T
dW2 = 2 * np.einsum("ks,js->kj", E, Z1) / m
dW1 = 2 * np.einsum("ks,kj,js,is->ji", E, W2, slope, X) / m
W2_new = W2 + eta * -dW2
W1_new = W1 + eta * -dW1
