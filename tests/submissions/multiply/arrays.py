# right
import numpy as np

df = np.array(1.0)
dx, dy = df * y, df * x
