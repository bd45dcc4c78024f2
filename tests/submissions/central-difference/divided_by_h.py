# wrong: d1=mismatch d2=mismatch d3=mismatch
# finding: other_distance
def derivative(f, x, h):
    return (f(x + h) - f(x - h)) / h
