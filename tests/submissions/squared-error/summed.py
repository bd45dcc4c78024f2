# wrong: dy=wrong_shape
# finding: shape_scalar
import numpy as np

dy = np.sum(y - t)
