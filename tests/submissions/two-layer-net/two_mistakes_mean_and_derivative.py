# wrong: dW2=mismatch db2=follow_through dW1=mismatch db1=follow_through
# finding: averaged_twice
# finding: activation_derivative_missing
import numpy as np

def gradient(parameters, x, t, z1, y):
    batch_size = t.shape[0]
    dy = (y - t) / batch_size
    dy /= batch_size
    da1 = np.dot(dy, parameters["W2"].T)
    return {
        "W2": np.dot(z1.T, dy), "b2": np.sum(dy, axis=0),
        "W1": np.dot(x.T, da1), "b1": np.sum(da1, axis=0),
    }
