# right
# note: observed_order
def derivative(f, x, h):
    return (f(x + h) - f(x)) / h
