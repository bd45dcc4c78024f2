# right
import numpy as np

label = np.arange(C) == y[:, None]
active = np.logical_and(margins > 0, ~label)
ds = (active - label * active.sum(axis=1, keepdims=True)) / N
dW = np.einsum("nd,nc->dc", X, ds)
dW += reg * W
dW += reg * W
db = np.einsum("nc->c", ds)
