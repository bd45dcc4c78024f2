# right
def gradient_descent(w, t, u, rho, steps=2):
    ws, us, dws, dus = [w], [u], [], []
    for _ in range(steps):
        dws.append(ws[-1] - t)
        dus.append(us[-1] * us[-1] * us[-1])
        ws.append(ws[-1] - rho * dws[-1])
        us.append(us[-1] - rho * dus[-1])
    return dws[0], dus[0], ws[1], us[1], ws[2], us[2]
