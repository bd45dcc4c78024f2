# wrong: dx=mismatch
import numpy as np

dx = np.log(np.abs(x))
