# wrong: dw=mismatch db=mismatch
# finding: averaged_twice
# finding: averaged_twice
rows = x.reshape(N, -1)
dx = (dout @ w.T).reshape(x.shape)
dw = rows.T @ dout / N
db = dout.mean(axis=0)
