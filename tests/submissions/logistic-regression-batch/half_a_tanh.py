# right
import numpy as np

T = np.tanh(0.5 * Z)
error = 0.5 * T + (0.5 - Y)
dw = np.einsum("im,km->ik", X, error) / m
db = np.einsum("km->", error) / m
