# wrong: dz=mismatch dw=follow_through db=follow_through
# finding: activation_derivative_twice
da = (a - y) / (a * (1 - a))
dz = (a - y) * a * (1 - a)
dw = dz * x.T
db = dz
