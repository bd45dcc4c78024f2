"""Every gate of the forward language, by name: one table for exercises, students' symbols, and all that is derived."""

from __future__ import annotations

from grader.elementwise import DEFINITIONS, Elementwise
from grader.structural import STRUCTURAL, Structural

Gate = Elementwise | Structural
GATES: dict[str, Gate] = {
    **{name: Elementwise(name, arity, definition) for name, (arity, definition) in DEFINITIONS.items()},
    **{gate.name: gate for gate in STRUCTURAL},
}
