# right
from functools import reduce

df = 1
dx = reduce(lambda total, part: total + part, [a * df], 0)
