# wrong: dx=mismatch
# 定数を足しても変わらない
dx = 0.0
