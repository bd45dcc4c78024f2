# right
x, y = 4, -3
df = 1.0
d_x = 1.0 * df
d_y = 1.0 * df
