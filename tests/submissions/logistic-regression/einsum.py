# right
import numpy as np

z_ = np.einsum("ij,jk->", w, x) + b
p = np.exp(-np.logaddexp(0, -z_))
da = np.divide(p - y, p * (1 - p))
dz = p - y
dw = np.einsum(",ji->ij", dz, x)
db = np.einsum("->", dz)
