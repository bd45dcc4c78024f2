# wrong: dx=mismatch
# finding: activation_for_derivative
import numpy as np

s = 1 / (1 + np.exp(-x))
dx = dout * s
