# right
def gradient_descent(w, t, u, rho):
    out = {"dw": [a - c for a, c in zip(w, t)], "du": pow(u, 3)}
    out["w_1"] = [a - rho * g for a, g in zip(w, out["dw"])]
    out["u_1"] = u - rho * out["du"]
    out["w_2"] = [a - rho * (a - c) for a, c in zip(out["w_1"], t)]
    out["u_2"] = out["u_1"] - rho * pow(out["u_1"], 3)
    return out
