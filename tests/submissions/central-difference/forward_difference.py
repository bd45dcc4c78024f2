# wrong: d1=mismatch d2=mismatch d3=mismatch
# finding: order_too_low
def derivative(f, x, h):
    return (f(x + h) - f(x)) / h
