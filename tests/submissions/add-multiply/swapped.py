# wrong: dq=mismatch dz=mismatch dx=follow_through dy=follow_through
# finding: own_value
q = x + y
f = q * z
dfdq = q
dfdz = z
dfdx = 1.0 * dfdq
dfdy = 1.0 * dfdq
