# wrong: da=mismatch dz=follow_through dw=follow_through db=follow_through
# finding: output_differentiated
# da/da = 1
import numpy as np

def backward(w, b, x, y):
    a = 1 / (1 + np.exp(-(w @ x).item() - b))
    da = 1.0
    dz = da * a * (1 - a)
    return {"da": da, "dz": dz, "dw": dz * x.T, "db": dz}
