# wrong: db=mismatch
# finding: penalty_on_bias
import numpy as np

mask = (margins > 0).astype(float)
mask[np.arange(N), y] = 0
mask[np.arange(N), y] = -mask.sum(axis=1)
dW = X.T @ mask / N + 2 * reg * W
db = mask.sum(axis=0) / N + 2 * reg * b
