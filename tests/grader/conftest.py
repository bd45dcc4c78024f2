from collections.abc import Iterator

import pytest

from grader import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all tests that only hand in to it."""
    with Sandbox() as one:
        yield one
