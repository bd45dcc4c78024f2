"""What a submission answered for one asked quantity, before anybody judges it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Missing:
    """Nothing was answered under any accepted name."""


@dataclass(frozen=True)
class NotArray:
    """Something was answered that is neither a number nor a rectangular array of numbers (`type`: its Python type)."""

    type: str


@dataclass(frozen=True)
class NotReal:
    """Numbers, but not real ones: complex, object or text entries (`type`: what they are)."""

    type: str


@dataclass(frozen=True, eq=False)
class Array:
    """Real numbers, cast to float64; `type` is what the student's object was (`int`, `list`, `float32 array`, …)."""

    value: Float64
    type: str = "ndarray"


Candidate = Missing | NotArray | NotReal | Array


@dataclass(frozen=True)
class Raised:
    """An exception of the student's code: its type, its text, the student's line (1-based) and their traceback."""

    type: str
    message: str
    line: int | None = None
    traceback: str = ""
