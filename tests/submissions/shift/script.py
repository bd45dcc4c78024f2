# right
c = 3
f = c + x
dfdx = 1.0  # c は定数なので勾配は不要
