# wrong: dw=mismatch
# finding: fails_on_hidden_trials
da = -y / a + (1 - y) / (1 - a)
dz = a - y
db = dz
dw = (dz * x).reshape(1, 3)
