# right
# cache は使わず、順伝播からやり直す
import numpy as np

def backward(parameters, cache, X, T, eta):
    Ws = [parameters[name] for name in sorted(parameters) if name.startswith("W")]
    zs = [X]
    for W in Ws[:-1]:
        zs.append(1 / (1 + np.exp(-np.einsum("ji,is->js", W, zs[-1]))))
    back = 2 * (Ws[-1] @ zs[-1] - T) / X.shape[1]
    dWs = []
    for W, z in zip(reversed(Ws), reversed(zs)):
        dWs.append(np.einsum("js,is->ji", back, z))
        back = np.einsum("ji,js->is", W, back) * z * (1 - z)
    return [*dWs, *(W - eta * dW for W, dW in zip(Ws[::-1], dWs))]
