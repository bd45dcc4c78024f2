# wrong: dx=mismatch
import numpy as np

s = 1 / (1 + np.exp(-dout))
dx = s * (1 - s)
