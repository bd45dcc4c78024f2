# right
# 添字のとおりに足していく
def backward(x, w, delta):
    h, m = x.shape
    n = w.shape[1]
    grad_w = [[sum(x[k, i] * delta[k, j] for k in range(h)) for j in range(n)] for i in range(m)]
    grad_b = [sum(delta[k, j] for k in range(h)) for j in range(n)]
    grad_x = [[sum(delta[k, j] * w[i, j] for j in range(n)) for i in range(m)] for k in range(h)]
    return grad_w, grad_b, grad_x
