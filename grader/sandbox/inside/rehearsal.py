"""A job of our own, run once by each child while it waits for a student's.

A forked process pays for every page that it is the first to write to, about a thousand of them in any job: four fifths
of the time that a small submission takes. A child that has rehearsed has paid before anybody waits for it. The zygote
runs it too, before the first fork: what Python and NumPy set up at first use is then shared.
"""

from __future__ import annotations

import io
import json
import sys

import numpy as np

from . import session, wire

SOURCE = '''
import numpy as np

def backward(parameters, X, Y):
    """What most submissions do."""
    W, b = parameters["W"], parameters["b"]
    m = X.shape[1]
    Z = np.dot(W, X) + b
    A = 1 / (1 + np.exp(-Z))
    dZ = (A - Y) * (1 - np.power(np.tanh(Z), 2)) * np.where(Z > 0, 1, 0) * np.maximum(Z, 0)
    grads = {}
    for name in ("dW",):
        grads[name] = np.matmul(dZ, X.T) / m
    grads["db"] = np.sum(dZ, axis=1, keepdims=True) / m
    return grads
'''
INTERFACE = {
    "kind": "function",
    "function": "backward",
    "arguments": [{"name": n, "pattern": n} for n in ("X", "Y")]
    + [{"name": "parameters", "aliases": ["params"], "pattern": {"W": "W", "b": "b"}}],
    "returns": ["dW", "db"],
    "names": {"dW": ["dW"], "db": ["db"]},
}
SHAPES = {"W": (3, 4), "b": (3, 1), "X": (4, 5), "Y": (3, 5)}


def rehearse() -> None:
    """Runs the job, and leaves the process as if it had not."""
    streams, finders = (sys.stdin, sys.stdout, sys.stderr), list(sys.meta_path)
    session.converse(io.BytesIO(_job()), lambda _: None)
    (sys.stdin, sys.stdout, sys.stderr), sys.meta_path[:] = streams, finders


def _job() -> bytes:
    header = {
        "source": SOURCE,
        "notebook": False,
        "interfaces": [INTERFACE],
        "inputs": list(SHAPES),
        "modules": {},
        "limits": {"stdout_bytes": 1 << 10, "array_entries": 1 << 10, "memory_bytes": 1 << 30},
    }
    values = {name: ["<f8", shape] for name, shape in SHAPES.items()}
    call = {"values": values, "asks": ["dW", "db"], "construct_only": False}
    arrays = b"".join(np.full(shape, 0.5).tobytes() for shape in SHAPES.values())
    return wire.frame(wire.JOB_MAGIC, json.dumps(header).encode(), b"") + wire.frame(
        wire.CALL_MAGIC, json.dumps(call).encode(), arrays
    )
