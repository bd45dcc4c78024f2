# wrong: dz=mismatch dw=mismatch db=mismatch
da = -y / a + (1 - y) / (1 - a)
dz = y - a
dw = dz * x.T
db = dz
