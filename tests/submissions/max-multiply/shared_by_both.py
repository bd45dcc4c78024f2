# wrong: dz=mismatch dw=mismatch
# finding: max_split
dp = dq = 2.0
dx = dp * y
dy = dp * x
dz = dw = dq / 2   # a tie is not what we have here
