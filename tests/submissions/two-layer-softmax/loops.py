# right
# 1サンプルずつ、添字のとおりに
import math
import numpy as np

def backward(parameters, X, y, reg):
    W1, b1, W2, b2 = (parameters[k] for k in ("W1", "b1", "W2", "b2"))
    dW1, dW2 = reg * W1, reg * W2
    db1, db2 = np.zeros_like(b1), np.zeros_like(b2)
    N = len(y)
    for x, label in zip(X, y):
        u = [sum(x * W1[:, j]) + b1[j] for j in range(len(b1))]
        h = [v if v > 0 else 0.0 for v in u]
        s = [sum(h[j] * W2[j, c] for j in range(len(h))) + b2[c] for c in range(len(b2))]
        total = sum(map(math.exp, s))
        back = [0.0] * len(h)
        for c in range(len(s)):
            d = (math.exp(s[c]) / total - (c == label)) / N
            db2[c] += d
            for j in range(len(h)):
                dW2[j, c] += h[j] * d
                back[j] += W2[j, c] * d
        for j in range(len(h)):
            if u[j] > 0:
                db1[j] += back[j]
                dW1[:, j] += x * back[j]
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
