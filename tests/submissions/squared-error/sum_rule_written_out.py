# right
# E = 1/2 Σ (y² - 2yt + t²)
dy = 0.5 * (2 * y - 2 * t)
