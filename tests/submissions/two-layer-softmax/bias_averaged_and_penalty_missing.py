# wrong: dW2=mismatch db1=mismatch
# finding: penalty_missing
# finding: averaged_twice
import numpy as np

probs = np.exp(logp)
probs[np.arange(N), y] -= 1
dscores = probs / N
dhidden = dscores @ W2.T
dhidden[hidden <= 0] = 0
dW2 = hidden.T @ dscores
db2 = np.sum(dscores, axis=0)
dW1 = X.T @ dhidden + reg * W1
db1 = np.mean(dhidden, axis=0)
