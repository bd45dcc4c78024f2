# wrong: dW1=mismatch db1=follow_through
# finding: mask_inverted
import numpy as np

dscores = np.exp(logp)
dscores[np.arange(N), y] -= 1
dscores /= N
dW2 = hidden.T.dot(dscores) + reg * W2
db2 = np.sum(dscores, axis=0)
dhidden = dscores.dot(W2.T)
dhidden[hidden > 0] = 0
dW1 = X.T.dot(dhidden) + reg * W1
db1 = np.sum(dhidden, axis=0)
