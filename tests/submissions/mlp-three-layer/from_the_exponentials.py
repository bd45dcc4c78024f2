# right
import numpy as np

def d_sigmoid(u):
    return 1 / (np.exp(u / 2) + np.exp(-u / 2)) ** 2

R = (Y - T) / (m / 2)
S = d_sigmoid(U2) * W3.T.dot(R)
Q = d_sigmoid(U1) * W2.T.dot(S)
dW3 = R.dot(Z2.T)
dW2 = S.dot(Z1.T)
dW1 = Q.dot(X.T)
W3_new = np.add(W3, -eta * dW3)
W2_new = np.add(W2, -eta * dW2)
W1_new = np.add(W1, -eta * dW1)
