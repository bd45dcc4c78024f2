# wrong: dx=mismatch
# finding: mask_inverted
class Relu:
    def forward(self, x):
        self.mask = x <= 0
        return x * ~self.mask

    def backward(self, dout):
        return dout * self.mask
