# right
dx = []
for row, up in zip(x, dout):
    dx.append([u if v > 0 else 0.0 for v, u in zip(row, up)])
