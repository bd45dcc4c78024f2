# wrong: dx=not_array
dx = "y"
dy = x
