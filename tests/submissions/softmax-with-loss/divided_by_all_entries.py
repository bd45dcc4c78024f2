# wrong: dx=mismatch
# finding: averaged_twice
dx = (y - t) / t.size
