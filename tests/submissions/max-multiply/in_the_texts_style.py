# right
x = 3; y = -4; z = 2; w = -1

p = x * y            # -12
q = max(z, w)        # 2
f = 2 * (p + q)      # -20

# the factor 2 scales what comes back, the sum hands it to both
dfdp = 2.0
dfdq = 2.0
# product: each side gets the other one
dfdx = y * dfdp
dfdy = x * dfdp
# max: only the larger one gets something
dfdz = dfdq if z > w else 0.0
dfdw = dfdq if w > z else 0.0
