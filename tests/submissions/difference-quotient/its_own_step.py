# wrong: d1=mismatch d2=mismatch d3=mismatch
# its error does not shrink with h
def derivative(f, x, h):
    h = 0.05
    return (f(x + h) - f(x)) / h
