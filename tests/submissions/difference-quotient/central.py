# right
# note: observed_order
def derivative(f, x, h=1e-4):
    """Half of the step to either side."""
    return (f(x + h / 2) - f(x - h / 2)) / h
