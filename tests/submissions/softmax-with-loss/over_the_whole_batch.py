# wrong: dx=mismatch
# finding: softmax_over_everything
import numpy as np

def softmax(a):
    c = np.max(a)
    exp_a = np.exp(a - c)
    return exp_a / np.sum(exp_a)

class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t = t
        self.y = softmax(x)
        return -np.sum(t * np.log(self.y + 1e-7)) / t.shape[0]

    def backward(self, dout=1):
        return (self.y - self.t) / self.t.shape[0]
