# wrong: dx=mismatch
# finding: activation_derivative_missing
# after the forward pass nothing is negative any more
import numpy as np

class Relu:
    def forward(self, x):
        self.out = np.maximum(0, x)
        return self.out

    def backward(self, dout):
        return dout * (self.out >= 0)
