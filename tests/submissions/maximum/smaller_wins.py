# wrong: dx=mismatch dy=follow_through
# finding: max_routed_to_loser
dx = float(x < y)
dy = 1 - dx
