# wrong: dx=mismatch
import numpy as np

dx = np.maximum(0, dout)
