# wrong: dx=mismatch
# finding: activation_derivative_at_wrong_value
import numpy as np

dx = np.maximum(0, dout)
