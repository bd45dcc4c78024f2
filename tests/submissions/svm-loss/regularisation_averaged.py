# wrong: dW=mismatch
# finding: penalty_factor
# λ‖W‖² まで N で割ってしまう
import numpy as np

mask = (margins > 0).astype(float)
mask[np.arange(N), y] = 0
mask[np.arange(N), y] = -mask.sum(axis=1)
dW = (X.T @ mask + 2 * reg * W) / N
db = mask.sum(axis=0) / N
