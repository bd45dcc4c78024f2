# wrong: dx=mismatch dy=follow_through
# finding: argument_for_derivative
dx = x if x >= y else 0
dy = y if y > x else 0
