# right
derivative = lambda func, x, eps: (func(x) - func(x - eps)) / eps
