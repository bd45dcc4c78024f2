# wrong: W1_start=not_finite W2_start=not_finite
# finding: not_finite
import numpy as np


def initialize_parameters(n_x, n_h, n_y):
    W1 = np.random.randn(n_h, n_x) * np.nan
    W2 = np.random.randn(n_y, n_h) / 0.0
    return {"W1": W1, "b1": np.zeros((n_h, 1)), "W2": W2, "b2": np.zeros((n_y, 1))}
