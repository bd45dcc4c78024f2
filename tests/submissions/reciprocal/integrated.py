# wrong: dx=mismatch
# finding: integrated
import math

dx = math.log(abs(x))
