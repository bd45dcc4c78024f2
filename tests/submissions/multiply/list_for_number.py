# wrong: dx=wrong_shape
# finding: shape_of_an_array
dx = [y]
dy = x
