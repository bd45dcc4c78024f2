# wrong: dy=mismatch
# finding: other_loss
import numpy as np

dy = np.sign(y - t)
