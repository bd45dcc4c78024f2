# right
backward = lambda y, x: (y, x)
