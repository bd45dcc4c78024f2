# wrong: dx=mismatch
# finding: power_rule
import math

dx = x * math.exp(x - 1)
