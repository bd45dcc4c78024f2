# wrong: dw=mismatch
# finding: own_value
da = -y / a + (1 - y) / (1 - a)
dz = a - y
dw = dz * w
db = dz
