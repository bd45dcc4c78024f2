# right
import numpy as np

e2 = A2 - Y
e1 = (W2[:, :, None] * e2[:, None, :]).sum(axis=0) * (1 - A1) * (1 + A1)
# one outer product for each sample, then the mean over the samples
dZ2, dZ1 = e2, e1
dW2 = np.mean(e2[:, None, :] * A1[None, :, :], axis=2)
dW1 = np.mean(e1[:, None, :] * X[None, :, :], axis=2)
db2 = np.average(e2, axis=1)[:, np.newaxis]
db1 = np.average(e1, axis=1)[:, np.newaxis]
