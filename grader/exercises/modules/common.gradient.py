"""Saitoh, Deep Learning from Scratch: the gradient by central differences."""

import numpy as np


def numerical_gradient(f, x):
    """(f(x + h) - f(x - h)) / 2h for each entry of the array x, which is left as it was; h = 1e-4"""
    h = 1e-4
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + h
        above = f(x)
        x[index] = kept - h
        below = f(x)
        x[index] = kept
        gradient[index] = (above - below) / (2 * h)
    return gradient
