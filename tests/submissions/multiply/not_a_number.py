# wrong: dx=not_finite
dx = float("nan")
dy = x
