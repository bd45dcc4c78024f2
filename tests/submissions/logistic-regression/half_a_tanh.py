# right
import math

a_ = 0.5 * (1 + math.tanh(z / 2))
da = (a_ - y) / (a_ - a_ * a_)
# σ' = (1 - tanh²(z/2)) / 4
dz = da * (1 - math.tanh(z / 2) ** 2) / 4
dw = (x * dz).reshape(1, -1)
db = dz
