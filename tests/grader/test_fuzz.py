"""Every front door under a fuzzer for seconds, from the same seed each time. For longer: `python -m tests.fuzz`."""

import pytest

from tests.fuzz.doors import Door, doors, throw


@pytest.mark.parametrize("door", doors(), ids=lambda door: door.name)
def test_whatever_comes_in_is_taken_or_refused_in_good_time(door: Door) -> None:
    assert throw(door, examples=200, start=0) > 100
