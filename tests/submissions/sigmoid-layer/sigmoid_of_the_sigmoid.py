# wrong: dx=mismatch
# finding: activation_derivative_at_wrong_value
from common.functions import sigmoid

def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))

class Sigmoid:
    def forward(self, x):
        self.out = sigmoid(x)
        return self.out

    def backward(self, dout):
        return dout * sigmoid_prime(self.out)
