import numpy as np

x, y = 2.0, 7.0
f = np.add(x, y)

df = 1.0
dx = 1.0 * df  # the add gate only distributes
dy = 1.0 * df
