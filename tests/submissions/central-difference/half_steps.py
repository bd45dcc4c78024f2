# right
def derivative(f, x, h=1e-4):
    left, right = x - h / 2, x + h / 2
    return (f(right) - f(left)) / h
