# right
# 隠れユニット j から損失までのすべての経路を足す
import numpy as np

dW1, dW2 = np.zeros(W1.shape), np.zeros(W2.shape)
for s in range(m):
    for k in range(n_y):
        error = 2 * (Y[k, s] - T[k, s]) / m
        for j in range(n_h):
            dW2[k, j] += error * Z1[j, s]
            path = error * W2[k, j] * Z1[j, s] * (1 - Z1[j, s])
            for i in range(n_x):
                dW1[j, i] += path * X[i, s]
W1_new = [[W1[j, i] - eta * dW1[j, i] for i in range(n_x)] for j in range(n_h)]
W2_new = [[W2[k, j] - eta * dW2[k, j] for j in range(n_h)] for k in range(n_y)]
