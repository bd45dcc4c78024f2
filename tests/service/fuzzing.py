"""How schemathesis is to make its requests: most numbers in an address are of things that exist, some are not."""

from __future__ import annotations

from typing import Any

import schemathesis

EXISTING = 6


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Brings four numbers of five near, where the school has its courses, assignments and people; what is no number
    that an address takes stays so."""
    numbers = {
        name: 1 + value % EXISTING if isinstance(value, int) and value > 0 and value % 5 else value
        for name, value in (path_parameters or {}).items()
    }
    return numbers or path_parameters
