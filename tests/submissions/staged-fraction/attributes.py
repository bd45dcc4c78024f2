# right
from dataclasses import dataclass

@dataclass
class Gradients:
    dnum: float = 0
    dinvden: float = 0
    dden: float = 0
    dsigx: float = 0
    dxpysqr: float = 0
    dxpy: float = 0
    dsigy: float = 0
    dx: float = 0
    dy: float = 0

def backward(x, y, sigy, num, sigx, xpy, den):
    g = Gradients()
    g.dnum = g.dsigy = 1 / den
    g.dinvden = num
    g.dden = g.dsigx = g.dxpysqr = -num / den / den
    g.dxpy = 2 * xpy * g.dden
    g.dx += g.dnum
    g.dx += g.dxpy
    g.dx += sigx * (1 - sigx) * g.dden
    g.dy = g.dxpy + sigy * (1 - sigy) / den
    return g
