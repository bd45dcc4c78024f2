# right
# 各ゲートの逆伝播を関数にする
def add_gate(dout):
    return dout, dout

def multiply_gate(a, b, dout):
    return b * dout, a * dout

dout = 1.0
dden = -dout / (den * den)
de, _ = add_gate(dden)
dneg = e * de
ddot, _ = multiply_gate(dot, -1, dneg)
ds, dw2 = add_gate(ddot)
dp0, dp1 = add_gate(ds)
dw0, dx0 = multiply_gate(w0, x0, dp0)
dw1, dx1 = multiply_gate(w1, x1, dp1)
