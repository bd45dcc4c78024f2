# wrong: d1=mismatch d2=mismatch d3=mismatch
# both sides, but divided by the width of four steps
def derivative(f, x, h):
    return (f(x + h) - f(x - h)) / (4 * h)
