x = 2
y = 7
f = x + y

dfdx = 1
