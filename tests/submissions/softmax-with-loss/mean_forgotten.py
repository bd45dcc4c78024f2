# wrong: dx=mismatch
# finding: not_averaged
from common.functions import *

class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t, self.y = t, softmax(x)
        return cross_entropy_error(self.y, self.t)

    def backward(self, dout=1):
        return self.y - self.t
