# wrong: d1=mismatch d2=mismatch d3=mismatch
# finding: step_too_small
def derivative(f, x, h):
    h = 1e-50
    return (f(x + h) - f(x)) / h
