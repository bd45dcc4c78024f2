# right
import numpy as np

def backward(parameters, cache, X, T, eta):
    Z = {0: X, 1: cache["Z1"], 2: cache["Z2"], 3: cache["Z3"], 4: cache["Y"]}

    def delta(layer):
        if layer == 4:
            return 2 * (Z[4] - T) / X.shape[1]
        return parameters[f"W{layer + 1}"].T @ delta(layer + 1) * Z[layer] * (1 - Z[layer])

    dW = {k: delta(k) @ Z[k - 1].T for k in range(1, 5)}
    out = {f"dW{k}": g for k, g in dW.items()}
    out.update({f"W{k}_new": parameters[f"W{k}"] - eta * g for k, g in dW.items()})
    return out
