"""How tests are shared out: to as many processes as there are cores, those of a file that share a place to one."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is slow is set up for a file, or for all tests on one kind of database: once in each process."""
    for item in items:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        item.add_marker(pytest.mark.xdist_group(f"{item.path.name} {parameters.get('place', '')}"))
