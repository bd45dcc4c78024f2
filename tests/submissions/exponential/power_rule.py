# wrong: dx=mismatch
import math

dx = x * math.exp(x - 1)
