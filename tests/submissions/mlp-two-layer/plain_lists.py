# right
def backward(parameters, cache, X, T, eta):
    W1, W2 = parameters["W1"].tolist(), parameters["W2"].tolist()
    Z, Y, X, T = cache["Z1"].tolist(), cache["Y"].tolist(), X.tolist(), T.tolist()
    m = len(X[0])
    e = [[2 * (Y[k][s] - T[k][s]) / m for s in range(m)] for k in range(len(Y))]
    dW2 = [[sum(e[k][s] * Z[j][s] for s in range(m)) for j in range(len(Z))] for k in range(len(Y))]
    d = [
        [sum(W2[k][j] * e[k][s] for k in range(len(Y))) * Z[j][s] * (1 - Z[j][s]) for s in range(m)]
        for j in range(len(Z))
    ]
    dW1 = [[sum(d[j][s] * X[i][s] for s in range(m)) for i in range(len(X))] for j in range(len(Z))]
    step = lambda W, g: [[a - eta * c for a, c in zip(r, q)] for r, q in zip(W, g)]
    return dW2, dW1, step(W2, dW2), step(W1, dW1)
