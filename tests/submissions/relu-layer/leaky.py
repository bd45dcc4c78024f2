# wrong: dx=mismatch
# finding: other_activation
import numpy as np

dx = np.where(x > 0, dout, 0.01 * dout)
