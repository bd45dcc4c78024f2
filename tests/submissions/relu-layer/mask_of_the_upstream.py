# wrong: dx=mismatch
# finding: mask_of_gradient
import numpy as np

dx = np.maximum(0, dout)
