# wrong: dx=mismatch dy=mismatch
# finding: right_only_on_worked_example
x = 4
y = -3
dx = -3
dy = 4
