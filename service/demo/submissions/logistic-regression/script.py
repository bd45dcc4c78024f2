import numpy as np

# forward
z = (w @ x).item() + b
a = 1 / (1 + np.exp(-z))

# backward
da = (a - y) / (a * (1 - a))
dz = a - y
dw = dz * np.transpose(x)
db = dz
