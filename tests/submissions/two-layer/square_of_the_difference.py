# wrong: dZ1=mismatch dW1=follow_through db1=follow_through
# finding: square_misplaced
import numpy as np

dZ2 = A2 - Y
dW2 = dZ2 @ A1.T / m
db2 = dZ2.sum(axis=1, keepdims=True) / m
dZ1 = W2.T @ dZ2 * (1 - A1) ** 2
dW1 = dZ1 @ X.T / m
db1 = dZ1.sum(axis=1, keepdims=True) / m
