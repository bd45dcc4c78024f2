# wrong: loss=mismatch
# finding: not_averaged
import numpy as np

p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
loss = -np.log(p[np.arange(N), y]).sum()
p[np.arange(N), y] -= 1
dx = p / N
