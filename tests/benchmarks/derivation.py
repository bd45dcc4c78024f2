"""From the text of a forward program to its first gradient: the derivation, beside SymPy's of the whole objective and
JAX's compilation."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from tests.benchmarks.measured import OURS, ROOT, Missing, Row, Sample, Section, peer

SIZES = ((2, 4, 1, 5), (4, 16, 4, 5), (64, 64, 10, 128), (784, 100, 10, 128))
LONG = 5.0

OWN = """
import sys, time
import numpy as np
from grader.program import Program

def first_gradient(hidden, loss, sizes):
    draw = np.random.default_rng(0).normal
    shapes = {"X": ("n_x", "m"), "Y": ("n_y", "m"), "W1": ("n_h", "n_x"), "b1": ("n_h", 1)}
    shapes |= {"W2": ("n_y", "n_h"), "b2": ("n_y", 1)}
    values = {name: draw(size=[sizes.get(d, d) for d in shape]) for name, shape in shapes.items()}
    values["Y"] = (values["Y"] > 0).astype(float)
    begun = time.perf_counter()
    program = Program()
    for letter in sizes:
        program.dimension(letter)
    for name, shape in shapes.items():
        program.given(name, shape)
    program.read(f"Z1 = W1 @ X + b1\\nA1 = {hidden}\\nZ2 = W2 @ A1 + b2\\n{loss}")
    nodes = program.forward({**sizes, **values})
    program.backward(nodes, program.names["J"], [program.names[name] for name in ("W1", "b1", "W2", "b2")])
    return time.perf_counter() - begun

sizes = dict(zip(("n_x", "n_h", "n_y", "m"), map(int, sys.argv[2:])))
KNOWN = "tanh(Z1)", "A2 = sigmoid(Z2)\\nL = -(Y * log(A2) + (1 - Y) * log(1 - A2))\\nJ = sum(L) / m"
OWN = "Z1 * sigmoid(Z1)", "A2 = exp(Z2) / (1 + exp(Z2))\\nL = Y * sqrt(1 - A2) + (1 - Y) * sqrt(A2)\\nJ = sum(L) / m"
if sys.argv[1] == "warm":
    first_gradient("log(1 + Z1**2)", "A2 = softplus(Z2)\\nJ = sum((A2 - Y)**4) / m", sizes)
print(first_gradient(*(KNOWN if sys.argv[1] == "known" else OWN), sizes))
assert "sympy" not in sys.modules
"""

SYMPY = """
import sys, time
import numpy as np, sympy
n_x, n_h, n_y, m = map(int, sys.argv[1:])
draw = np.random.default_rng(0).normal
X, Y = draw(size=(n_x, m)), draw(size=(n_y, m)) > 0
begun = time.perf_counter()
W1, b1, W2, b2 = (sympy.Matrix(*shape, sympy.symbols(f"{name}:{shape[0] * shape[1]}"))
                  for name, shape in {"W": (n_h, n_x), "b": (n_h, 1), "V": (n_y, n_h), "c": (n_y, 1)}.items())
A1 = (W1 * sympy.Matrix(X) + b1 * sympy.ones(1, m)).applyfunc(sympy.tanh)
A2 = (W2 * A1 + b2 * sympy.ones(1, m)).applyfunc(lambda z: 1 / (1 + sympy.exp(-z)))
J = sum(-sympy.log(A2[i, j] if Y[i, j] else 1 - A2[i, j]) for i in range(n_y) for j in range(m)) / m
[sympy.diff(J, parameter) for parameters in (W1, b1, W2, b2) for parameter in parameters]
print(time.perf_counter() - begun)
"""

JAX = """
import sys, time
import numpy as np, jax, jax.numpy as jnp
n_x, n_h, n_y, m = map(int, sys.argv[1:])
draw = np.random.default_rng(0).normal
parameters = [draw(size=shape) for shape in ((n_h, n_x), (n_h, 1), (n_y, n_h), (n_y, 1))]
X, Y = draw(size=(n_x, m)), (draw(size=(n_y, m)) > 0).astype(float)

def loss(parameters):
    W1, b1, W2, b2 = parameters
    A2 = jax.nn.sigmoid(W2 @ jnp.tanh(W1 @ X + b1) + b2)
    return -jnp.sum(Y * jnp.log(A2) + (1 - Y) * jnp.log(1 - A2)) / m

jax.block_until_ready(jnp.ones(3) + 1)
begun = time.perf_counter()
jax.block_until_ready(jax.jit(jax.grad(loss))(parameters))
print(time.perf_counter() - begun)
"""


def took(script: str, *arguments: object, seconds: float = 60.0) -> float:
    """What the script prints. Raises Missing where it does not end in time."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Missing(f"over {seconds:g} s") from None
    return float(run.stdout)


def measure(quick: bool) -> Section:
    """All sizes, each in turn; a peer that took LONG at one of them is not asked for a larger one."""
    repeats, longest = (2, LONG) if quick else (5, 60.0)
    asked: dict[str, Callable[[tuple[int, ...]], float]] = {
        OURS: lambda sizes: took(OWN, "known", *sizes),
        f"{OURS}, a course's own, cold": lambda sizes: took(OWN, "cold", *sizes),
        f"{OURS}, a course's own, warm": lambda sizes: took(OWN, "warm", *sizes),
        "JAX": lambda sizes: took(JAX, *sizes),
        "SymPy outright": lambda sizes: took(SYMPY, *sizes, seconds=longest),
    }
    gone: dict[str, str] = {}
    try:
        peer("jax")
    except Missing as reason:
        gone["JAX"] = str(reason)
    rows = []
    for sizes in SIZES:
        found: dict[str, list[float]] = {name: [] for name in asked if name not in gone}
        why = dict(gone)
        for name in list(found) * repeats:
            if name in why or (found[name] and found[name][0] > LONG):
                continue
            try:
                found[name].append(asked[name](sizes))
            except Missing as reason:
                why[name] = str(reason)
                gone[name] = "not tried"
        gone |= {name: "not tried" for name, seconds in found.items() if seconds and seconds[0] > LONG}
        samples: dict[str, Sample] = {name: why.get(name) or sorted(found[name]) for name in asked}
        rows.append(Row(str(sizes), samples, "50 ms cold, 5 ms warm"))
    return Section("derivation", "Deriving an exercise", rows)
