# wrong: dy=mismatch
# finding: power_rule
dy = (y - t) ** 2
dy = dy / 2
