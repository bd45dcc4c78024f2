# mypy: ignore-errors
"""Ng, Deep Learning Specialization: the same under an earlier year's name."""

from dnn_utils import relu, relu_backward, sigmoid, sigmoid_backward  # noqa: F401
