# wrong: dW=mismatch db=mismatch
# finding: penalty_factor
# finding: bias_from_weights
import numpy as np

mask = (margins > 0) * 1.0
mask[range(N), y] = 0
mask[range(N), y] = -mask.sum(axis=1)
mask /= N
dW = X.T @ mask + reg * W
db = np.sum(dW, axis=0)
