# right
import numpy as np

stack = [(X, W1), (Z1, W2), (Z2, W3), (Z3, W4)]
delta = Y - T
delta *= 2
delta /= m
grads, news = [], []
while stack:
    z, W = stack.pop()
    grads.append(np.inner(delta, z))
    news.append(W - eta * grads[-1])
    delta = W.T @ delta
    delta *= z
    delta *= 1 - z
dW4, dW3, dW2, dW1 = grads
W4_new, W3_new, W2_new, W1_new = news
