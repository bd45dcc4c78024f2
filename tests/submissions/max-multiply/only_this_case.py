# wrong: dz=mismatch dw=mismatch
dp = dq = 2.0
dx = dp * y
dy = dp * x
dz = dq   # z > w
dw = 0.0
