# right
import numpy as np

df = np.ones_like(x)
dx = np.zeros_like(df)
dx += df
