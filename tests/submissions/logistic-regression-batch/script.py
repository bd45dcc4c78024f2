# right
import numpy as np

dZ = (A - Y) / m
dw = X @ dZ.T
db = dZ.sum()
