# wrong: dx=mismatch
# finding: target_forgotten
from common.functions import *

class SoftmaxWithLoss:
    def forward(self, x, t):
        self.y, self.t = softmax(x), t
        return cross_entropy_error(self.y, self.t)

    def backward(self, dout=1):
        return dout * self.y / len(self.t)
