# wrong: d1=mismatch d2=mismatch d3=mismatch
def derivative(f, a, h):
    return (f(a) - f(a + h)) / h
