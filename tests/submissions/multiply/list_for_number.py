# wrong: dx=wrong_shape
# finding: shape_axis_added
dx = [y]
dy = x
