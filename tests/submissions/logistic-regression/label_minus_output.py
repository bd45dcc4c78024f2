# wrong: dz=mismatch dw=follow_through db=follow_through
# finding: sign
da = -y / a + (1 - y) / (1 - a)
dz = y - a
dw = dz * x.T
db = dz
