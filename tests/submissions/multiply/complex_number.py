# wrong: dx=not_real
dx = complex(y, 0)
dy = x
