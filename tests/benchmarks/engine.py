"""Measures the gradient engine beside what else computes and checks gradients, in one run:

    python -m tests.benchmarks.engine [--rounds 15]

Networks of two layers, by (n_x, n_h, n_y, m), in float64, one thread, in seconds of the processor. Every round makes
each in turn, so that whatever else the machine does is in all of them: only ratios within one run compare. A peer that
cannot be imported is told as not installed.
"""

# ruff: noqa: E402 -- libraries read how many threads they may use when they are imported

from __future__ import annotations

import os

for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import argparse
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from grader import catalogue
from grader.finite import central_differences
from tests.benchmarks.measured import OURS

NETS = ((2, 4, 1, 5), (3, 4, 1, 200), (64, 64, 10, 128), (784, 100, 10, 128))
CHECKED = NETS[:3]
"""Where every peer checks every entry; the largest takes them minutes."""
PARAMETERS = ("W1", "b1", "W2", "b2")
ALIKE = 0.01
Work = Callable[[], object]
Arrays = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One way to do it: its seconds, sorted, and how many times as long as the first row's it took, by the median over
    rounds; None where it is not installed."""

    name: str
    seconds: list[float] | None
    ratio: float | None


def network(size: tuple[int, int, int, int], seed: int = 20201123) -> dict[str, Any]:
    """Inputs and parameters of a network of two layers, and its dimensions."""
    n_x, n_h, n_y, m = size
    draw = np.random.default_rng(seed).normal
    return {
        "n_x": n_x, "n_h": n_h, "n_y": n_y, "m": m, "X": draw(size=(n_x, m)), "Y": (draw(size=(n_y, m)) > 0) * 1.0,
        "W1": draw(size=(n_h, n_x)) / n_x**0.5, "b1": draw(size=(n_h, 1)),
        "W2": draw(size=(n_y, n_h)) / n_h**0.5, "b2": draw(size=(n_y, 1)),
    }  # fmt: skip


def measured(ways: Mapping[str, Work | None], rounds: int) -> list[Row]:
    """Every way in turn, each round, so often in a row that it takes about ALIKE seconds."""
    seconds: dict[str, list[float]] = {name: [] for name, work in ways.items() if work is not None}
    often = {name: max(1, round(ALIKE / _taken(work))) for name, work in ways.items() if work is not None}
    for _ in range(rounds):
        for name, taken in seconds.items():
            taken.append(_taken(ways[name], often[name]))
    first = next(iter(seconds.values()))
    ratios = {n: statistics.median(b / a for a, b in zip(first, taken, strict=True)) for n, taken in seconds.items()}
    return [Row(n, sorted(seconds[n]), ratios[n]) if n in seconds else Row(n, None, None) for n in ways]


def _taken(work: Work | None, often: int = 0) -> float:
    """Seconds that a call takes, of so many in a row; of the second one where not told how many: the first may
    compile."""
    assert work is not None
    if not often:
        work()
    before = time.process_time()
    for _ in range(often or 1):
        work()
    return (time.process_time() - before) / (often or 1)


# ------------------------------------------------------------------------------------------------ exact gradients


def written_by_hand(net: Arrays) -> object:
    """Forward and backward pass as a text has them, in NumPy."""
    X, Y, W1, b1, W2, b2, m = (net[name] for name in ("X", "Y", *PARAMETERS, "m"))
    A1 = np.tanh(W1 @ X + b1)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    J = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
    dZ2 = A2 - Y
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    return J, {
        "dW2": dZ2 @ A1.T / m, "db2": np.sum(dZ2, axis=1, keepdims=True) / m,
        "dW1": dZ1 @ X.T / m, "db1": np.sum(dZ1, axis=1, keepdims=True) / m,
    }  # fmt: skip


def derived(net: Arrays) -> Work:
    """The same, derived from the exercise's program."""
    program = catalogue()["two-layer"].program
    objective, wanted = program.names["J"], tuple(program.names[name] for name in PARAMETERS)
    return lambda: program.gradients(net, objective, wanted)


def in_torch(net: Arrays) -> Work | None:
    if (loss := _torch_loss(net)) is None:
        return None
    import torch

    def work() -> object:
        return torch.autograd.grad(loss[0](*loss[1]), loss[1])

    return work


def _torch_loss(net: Arrays) -> tuple[Callable[..., Any], list[Any]] | None:
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    X, Y = torch.tensor(net["X"]), torch.tensor(net["Y"])

    def loss(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        A2 = torch.sigmoid(W2 @ torch.tanh(W1 @ X + b1) + b2)
        return -(Y * torch.log(A2) + (1 - Y) * torch.log(1 - A2)).sum() / net["m"]

    return loss, [torch.tensor(net[name], requires_grad=True) for name in PARAMETERS]


def in_jax(net: Arrays) -> Work | None:
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    slope = jax.jit(jax.value_and_grad(_loss(jax.numpy, net)))
    given = [jax.numpy.asarray(net[name]) for name in PARAMETERS]
    return lambda: jax.block_until_ready(slope(given))


def in_autograd(net: Arrays) -> Work | None:
    try:
        from autograd import numpy as traced
        from autograd import value_and_grad
    except ImportError:
        return None
    slope = value_and_grad(_loss(traced, net))
    given = [net[name] for name in PARAMETERS]
    return lambda: slope(given)


def _loss(numpy: Any, net: Arrays) -> Callable[[Any], Any]:
    X, Y = numpy.asarray(net["X"]), numpy.asarray(net["Y"])

    def loss(parameters: Any) -> Any:
        W1, b1, W2, b2 = parameters
        A2 = 1 / (1 + numpy.exp(-(W2 @ numpy.tanh(W1 @ X + b1) + b2)))
        return -numpy.sum(Y * numpy.log(A2) + (1 - Y) * numpy.log(1 - A2)) / net["m"]

    return loss


# ------------------------------------------------------------------------------------------------ every entry checked


def slow_gradcheck(net: Arrays) -> Work | None:
    """torch.autograd.gradcheck as it is by default: two evaluations for every entry."""
    if (loss := _torch_loss(net)) is None:
        return None
    import torch

    return lambda: torch.autograd.gradcheck(loss[0], loss[1])


def plain_loop(net: Arrays, h: float = 1e-5) -> dict[str, Any]:
    """The loop of CS231n's notes: entry after entry, two evaluations each."""
    loss, parameters = _loss(np, net), [net[name].copy() for name in PARAMETERS]
    found = [np.zeros_like(value) for value in parameters]
    for value, slope in zip(parameters, found, strict=True):
        for i in np.ndindex(value.shape):
            before = value[i]
            value[i] = before + h
            up = loss(parameters)
            value[i] = before - h
            down = loss(parameters)
            value[i] = before
            slope[i] = (up - down) / (2 * h)
    return dict(zip(PARAMETERS, found, strict=True))


def stacked(net: Arrays, h: float = 1e-5, rows: int = 64) -> dict[str, Any]:
    """Whole perturbed parameters, stacked: `rows` entries of one parameter at once."""
    found = {}
    for name in PARAMETERS:
        value, slope = net[name], np.zeros(net[name].size)
        for first in range(0, value.size, rows):
            steps = np.zeros((min(rows, value.size - first), value.size))
            steps[np.arange(len(steps)), np.arange(first, first + len(steps))] = h
            up, down = (_losses(net, name, value + s * steps.reshape(-1, *value.shape)) for s in (1, -1))
            slope[first : first + len(steps)] = (up - down) / (2 * h)
        found[name] = slope.reshape(value.shape)
    return found


def _losses(net: Arrays, name: str, values: Any) -> Any:
    X, Y, m = net["X"], net["Y"], net["m"]
    W1, b1, W2, b2 = (values if other == name else net[other] for other in PARAMETERS)
    A2 = 1 / (1 + np.exp(-(W2 @ np.tanh(W1 @ X + b1) + b2)))
    return -(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)).sum(axis=(-2, -1)) / m


def in_scipy(net: Arrays, h: float = 1e-7) -> Work | None:
    """SciPy's loop: one evaluation for every entry, and so forward differences."""
    try:
        from scipy.optimize import approx_fprime
    except ImportError:
        return None
    loss, shapes = _loss(np, net), [net[name].shape for name in PARAMETERS]
    ends = np.cumsum([net[name].size for name in PARAMETERS])[:-1]
    given = np.concatenate([net[name].ravel() for name in PARAMETERS])

    def of_all(entries: Any) -> Any:
        return loss([part.reshape(shape) for part, shape in zip(np.split(entries, ends), shapes, strict=True)])

    return lambda: approx_fprime(given, of_all, h)


def structured(net: Arrays) -> dict[str, Any]:
    """The numerical witness, from the exercise's program."""
    program = catalogue()["two-layer"].program
    nodes = tuple(program.names[name] for name in PARAMETERS)
    values = program.unmoved(net, program.names["J"], nodes)
    found = central_differences(program, values, program.names["J"], nodes)
    return {name: found[node].gradient for name, node in zip(PARAMETERS, nodes, strict=True)}


def largest_error(found: Arrays, net: Arrays) -> float:
    """The largest distance from the exact gradient."""
    program = catalogue()["two-layer"].program
    nodes = {name: program.names[name] for name in PARAMETERS}
    exact = program.backward(program.forward(net), program.names["J"], nodes.values())
    return max(float(np.abs(found[name] - exact[node]).max()) for name, node in nodes.items())


# ------------------------------------------------------------------------------------------------ what is told


def exact_gradients(size: tuple[int, int, int, int], rounds: int) -> list[Row]:
    net = network(size)
    ways: dict[str, Work | None] = {
        "hand-written NumPy": partial(written_by_hand, net), OURS: derived(net),
        "PyTorch": in_torch(net), "JAX, jitted": in_jax(net), "HIPS autograd": in_autograd(net),
    }  # fmt: skip
    return measured(ways, rounds)


def checks(size: tuple[int, int, int, int], rounds: int) -> list[Row]:
    net = network(size)
    ways: dict[str, Work | None] = {OURS: partial(structured, net)}
    if size in CHECKED:
        ways |= {
            "torch.autograd.gradcheck, slow mode": slow_gradcheck(net),
            "CS231n loop": partial(plain_loop, net),
            "stacked": partial(stacked, net),
            "SciPy approx_fprime, forward only": in_scipy(net),
        }
    return measured(ways, rounds)


def told(rows: list[Row], what: str) -> None:
    for row in rows:
        if row.seconds is None:
            print(f"  {row.name:<40} not installed")
        else:
            print(f"  {row.name:<40} {1e3 * statistics.median(row.seconds):10.3f} ms {row.ratio:9.2f}   {what}")
            what = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    for size in NETS:
        print(f"exact gradients, {size}", flush=True)
        told(exact_gradients(size, 20 * rounds), "floor 1.25 of hand-written")
    for size, floor in zip(NETS, ("80 times gradcheck", "30 times", "25 times", "1.5 s"), strict=True):
        print(f"every entry checked, {size}", flush=True)
        told(checks(size, rounds if size[0] < 64 else 3), f"floor {floor}")
    for size in CHECKED[:2]:
        net = network(size)
        print(f"largest error, {size}: {largest_error(structured(net), net):.1e}", end=" ")
        print(f"(CS231n loop {largest_error(plain_loop(net), net):.1e})", flush=True)


if __name__ == "__main__":
    main()
