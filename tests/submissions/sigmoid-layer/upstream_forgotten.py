# wrong: dx=mismatch
# finding: factor_dropped
from common.functions import sigmoid

class Sigmoid:
    def forward(self, x):
        self.out = sigmoid(x)
        return self.out

    def backward(self, dout):
        return self.out * (1 - self.out)
