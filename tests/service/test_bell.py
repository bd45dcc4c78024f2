"""A bell wakes one who waits; whatever is wrong with it, nobody is worse off than without."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from service.bell import Bell


def test_a_ring_wakes_one_who_waits(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "bell")
    assert bell.wait(0) is None
    ringing = threading.Timer(0.1, Bell(tmp_path / "bell").ring, [2**53 - 1])
    ringing.start()
    began = time.monotonic()
    assert bell.wait(20) == 2**53 - 1
    assert time.monotonic() - began < 5
    assert bell.wait(0) is None
    ringing.join()
    bell.close()


def test_a_ring_is_kept_for_the_next_to_wait_and_taken_by_one(tmp_path: Path) -> None:
    bell, other = Bell(tmp_path / "bell"), Bell(tmp_path / "bell")
    assert bell.wait(0) is None
    assert other.wait(0) is None
    other.ring(3)
    other.ring(4)
    assert [bell.wait(0), other.wait(0), bell.wait(0)] == [3, 4, None]
    bell.close()
    other.close()


def test_ringing_where_nobody_listens_does_nothing(tmp_path: Path) -> None:
    Bell(tmp_path / "nowhere" / "bell").ring()
    bell = Bell(tmp_path / "bell")
    bell.wait(0)
    bell.close()
    bell.ring()
    assert bell.wait(0) is None
    bell.close()


def test_more_rings_than_a_pipe_holds_block_nobody(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "bell")
    bell.wait(0)
    for number in range(70_000):
        bell.ring(number)
    assert [bell.wait(0) for _ in range(3)] == [0, 1, 2]
    bell.close()


def test_where_a_bell_cannot_be_the_time_is_waited(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    began = time.monotonic()
    assert Bell(tmp_path / "file" / "bell").wait(0.05) is None
    assert time.monotonic() - began >= 0.05
