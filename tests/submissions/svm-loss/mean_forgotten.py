# wrong: dW=mismatch db=follow_through
# finding: not_averaged
import numpy as np

mask = (margins > 0).astype(float)
mask[np.arange(N), y] = 0
mask[np.arange(N), y] = -mask.sum(axis=1)
dW = X.T @ mask + 2 * reg * W
db = mask.sum(axis=0)
