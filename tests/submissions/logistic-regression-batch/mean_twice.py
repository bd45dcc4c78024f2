# wrong: dw=mismatch db=follow_through
# finding: averaged_twice
import numpy as np

dZ = (A - Y) / m
dw = np.dot(X, dZ.T) / m
db = np.mean(dZ)
