# right
class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, value, grad):
        return value + -self.lr * grad

opt = SGD(rho)
dw = -1 * (t - w)
du = u * u ** 2
w_1, u_1 = opt.step(w, dw), opt.step(u, du)
w_2, u_2 = opt.step(w_1, -1 * (t - w_1)), opt.step(u_1, u_1 * u_1 ** 2)
