# right
import numpy as np

def gradient(parameters, x, t, z1, y):
    W1, W2 = parameters["W1"], parameters["W2"]
    n = len(x)
    gW1, gb1, gW2, gb2 = np.zeros(W1.shape), np.zeros(W1.shape[1]), np.zeros(W2.shape), np.zeros(W2.shape[1])
    for k in range(n):
        out = y[k].copy()
        out[np.argmax(t[k])] -= 1.0
        gb2 += out
        gW2 += np.outer(z1[k], out)
        hid = W2 @ out
        hid[z1[k] <= 0] = 0
        gb1 += hid
        gW1 += np.outer(x[k], hid)
    return {"W1": gW1 / n, "b1": gb1 / n, "W2": gW2 / n, "b2": gb2 / n}
