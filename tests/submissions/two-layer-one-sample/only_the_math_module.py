# right
import math

def sig(v):
    return 1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v))

dz2 = [[sig(z2[k][0]) - y[k][0]] for k in range(n_y)]
dW2 = [[dz2[k][0] * math.tanh(z1[j][0]) for j in range(n_h)] for k in range(n_y)]
db2 = [row[:] for row in dz2]
dz1 = []
for j in range(n_h):
    s = 0.0
    for k in range(n_y):
        s = s + W2[k][j] * dz2[k][0]
    dz1.append([s / math.cosh(z1[j][0]) ** 2])
dW1 = [[dz1[j][0] * x[i][0] for i in range(n_x)] for j in range(n_h)]
db1 = [row[:] for row in dz1]
