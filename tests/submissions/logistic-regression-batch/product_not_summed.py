# wrong: dw=wrong_shape
# finding: shape_not_summed
import numpy as np

dZ = A - Y
dw = X * dZ / m
db = np.mean(dZ)
