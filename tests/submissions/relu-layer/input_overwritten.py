# wrong: dx=mismatch
# finding: activation_derivative_missing
class Relu:
    def forward(self, x):
        self.x = x
        out = x
        out[out < 0] = 0
        return out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.x < 0] = 0
        return dx
