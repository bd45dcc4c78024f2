# wrong: d1=mismatch d2=mismatch d3=mismatch
def derivative(f, x, h):
    x = x + h
    plus = f(x)
    x = x - h   # back at x, not at x - h
    minus = f(x)
    return (plus - minus) / (2 * h)
