"""How tests are shared out: to as many processes as there are cores, those of a file that share a place to one."""

from __future__ import annotations

import re

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling


class ByFileAndPlace(LoadScopeScheduling):
    """What is slow is set up for a file, or for all tests on one kind of database: once in each process. pytest-xdist's
    own groups, which are marks of tests, do nothing with pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        place = re.search(r"[\[-](embedded|servers)[]-]", test)
        return f"{file} {place[1] if place else ''}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Asked by pytest-xdist."""
    return ByFileAndPlace(config, log)
