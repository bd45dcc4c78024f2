# wrong: dx=mismatch
import math

dx = math.log(abs(x))
