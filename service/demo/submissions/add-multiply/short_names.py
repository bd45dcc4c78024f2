x, y, z = -2.0, 5.0, -4.0
q = x + y
f = q * z

df = 1.0
dq = df * z
dz = df * q
dx = dq
dy = dq
