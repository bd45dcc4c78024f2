# wrong: da=mismatch
# finding: term_sign
da = -y / a - (1 - y) / (1 - a)
dz = a - y
dw = dz * x.T
db = dz
