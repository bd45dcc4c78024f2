# wrong: dx=mismatch
# finding: averaged_twice
import numpy as np

p = np.exp(logp)
loss = -np.log(p[np.arange(N), y]).sum() / N
p[np.arange(N), y] -= 1
p /= N
dx = p / N
