# right
def backward_propagation(parameters, cache, x, y):
    W1, W2, a1, a2 = parameters["W1"], parameters["W2"], cache["a1"], cache["a2"]
    n1, n0 = W1.shape
    n2 = len(W2)
    dz2 = [[a2[k, 0] - y[k, 0]] for k in range(n2)]
    dz1 = []
    for j in range(n1):
        back = 0.0
        for k in range(n2):
            back += W2[k, j] * dz2[k][0]
        dz1.append([back * (1 - a1[j, 0]) * (1 + a1[j, 0])])
    return {
        "dz2": dz2,
        "dW2": [[dz2[k][0] * a1[j, 0] for j in range(n1)] for k in range(n2)],
        "db2": dz2,
        "dz1": dz1,
        "dW1": [[dz1[j][0] * x[i, 0] for i in range(n0)] for j in range(n1)],
        "db1": dz1,
    }
