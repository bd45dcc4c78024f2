# wrong: dy=missing
dfdx = y
