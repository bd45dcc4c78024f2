# wrong: dx=mismatch
# finding: exponential_rule
import math

dx = x * math.exp(x - 1)
