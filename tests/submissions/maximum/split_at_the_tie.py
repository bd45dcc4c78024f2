# right
import numpy as np

dx = np.heaviside(x - y, 0.5)
dy = np.heaviside(y - x, 0.5)
