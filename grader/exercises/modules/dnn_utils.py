# mypy: ignore-errors
"""Ng, Deep Learning Specialization: activations; forward gives the value and the cache Z that backward takes."""

import numpy as np


def sigmoid(Z):
    """1 / (1 + e^-Z)"""
    return 1 / (1 + np.exp(-Z)), Z


def relu(Z):
    """max(0, Z)"""
    return np.maximum(0, Z), Z


def sigmoid_backward(dA, cache):
    """dA ∘ σ'(Z), σ' = σ·(1 - σ)"""
    s, _ = sigmoid(cache)
    return dA * s * (1 - s)


def relu_backward(dA, cache):
    """dA where Z > 0, else 0"""
    return np.where(cache > 0, dA, 0.0)
