# wrong: dx=mismatch
dx = (y - t) / t.size
