# right
def backward(x, y, z, w):
    grads = dict.fromkeys(["dx", "dy", "dz", "dw"], 0)
    grads["dp"] = grads["dq"] = 2
    grads["dx"] += 2 * y
    grads["dy"] += 2 * x
    winner = "dz" if z >= w else "dw"
    grads[winner] += 2
    return grads
