"""What a time means for a student: in time, late, or closed; what is left of the points; extensions; zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.deadlines import Deadlines, Refusal, Situation, deadlines
from service.models import Assignment, Course, Extension

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
PER_DAY = {"lost": 0.1, "per": "day"}


def due(at: datetime = NOON, late: timedelta = 30 * DAY, policy: object = PER_DAY, zone: str = "UTC") -> Deadlines:
    return deadlines(assigned(zone, due_at=at, late_until=at + late, late_policy=policy), None)


def assigned(zone: str = "UTC", **columns: object) -> Assignment:
    return Assignment(course=Course(title="", zone=zone), **columns)


def test_what_arrives_with_the_last_second_is_in_time() -> None:
    assert not due().late(NOON - SECOND)
    assert not due().late(NOON)
    assert due().late(NOON + timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("policy", "late", "worth"),
    [
        (PER_DAY, -SECOND, 1.0),
        (PER_DAY, timedelta(0), 1.0),
        (PER_DAY, SECOND, 0.9),
        (PER_DAY, DAY, 0.9),
        (PER_DAY, DAY + SECOND, 0.8),
        (PER_DAY, 20 * DAY, 0.0),
        ({"lost": 0.05, "per": "hour"}, HOUR, 0.95),
        ({"lost": 0.05, "per": "hour"}, HOUR + SECOND, 0.9),
        ({"lost": 0.3, "per": "once"}, SECOND, 0.7),
        ({"lost": 0.3, "per": "once"}, 20 * DAY, 0.7),
        ({"lost": 1, "per": "once"}, SECOND, 0.0),
        (None, 20 * DAY, 1.0),
    ],
)
def test_what_is_late_is_worth_what_the_policy_leaves(policy: object, late: timedelta, worth: float) -> None:
    assert due(policy=policy).worth(NOON + late) == worth


def test_what_is_never_due_is_never_late_and_never_closed() -> None:
    ever = deadlines(assigned(late_policy=PER_DAY), Extension(due_at=NOON, late_until=NOON, more_attempts=1))
    assert ever == Deadlines(None, None, None, PER_DAY, "UTC")
    assert (ever.late(NOON + DAY), ever.closed(NOON + DAY), ever.worth(NOON + DAY)) == (False, False, 1.0)


def test_without_a_late_time_it_is_closed_when_it_is_due() -> None:
    strict = deadlines(assigned(due_at=NOON), None)
    assert not strict.closed(NOON)
    assert strict.closed(NOON + SECOND)


@pytest.mark.parametrize(("month", "day"), [(3, 28), (10, 24), (5, 9)], ids=["put forward", "put back", "neither"])
def test_a_day_of_a_late_policy_ends_at_the_same_time_on_the_clock(month: int, day: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    at = datetime(2026, month, day, 23, 59, tzinfo=zone)  # the clocks are changed in the night after
    next_day = datetime(2026, month, day + 1, 23, 59, tzinfo=zone)
    mine = due(at.astimezone(UTC), zone="Europe/Berlin")
    assert mine.worth(next_day.astimezone(UTC)) == 0.9
    assert mine.worth(next_day.astimezone(UTC) + SECOND) == 0.8
    hours = {3: 23, 10: 25, 5: 24}[month]
    assert next_day.astimezone(UTC) - at.astimezone(UTC) == hours * HOUR


def test_an_hour_of_a_late_policy_is_an_hour_when_clocks_are_put_back() -> None:
    at = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))  # the first half past two of that night
    mine = due(at.astimezone(UTC), policy={"lost": 0.1, "per": "hour"}, zone="Europe/Berlin")
    assert mine.worth(at.replace(fold=1)) == 0.9
    assert mine.worth(at.replace(fold=1).astimezone(UTC) + SECOND) == 0.8
    assert due(at.astimezone(UTC), zone="Europe/Berlin").worth(at.replace(fold=1).astimezone(UTC)) == 0.9


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        (Extension(due_at=NOON + DAY, more_attempts=0), (NOON + DAY, NOON + 2 * DAY, 3)),
        (Extension(due_at=NOON + 5 * DAY, more_attempts=0), (NOON + 5 * DAY, NOON + 5 * DAY, 3)),
        (Extension(late_until=NOON + 4 * DAY, more_attempts=0), (NOON, NOON + 4 * DAY, 3)),
        (Extension(due_at=NOON - DAY, late_until=NOON - DAY, more_attempts=2), (NOON, NOON + 2 * DAY, 5)),
    ],
    ids=["due later", "due after the late time", "taken longer", "never less time"],
)
def test_an_extension_gives_time_and_attempts_and_takes_none(extension: Extension, expected: object) -> None:
    mine = deadlines(assigned(due_at=NOON, late_until=NOON + 2 * DAY, max_attempts=3), extension)
    assert (mine.due_at, mine.closes_at, mine.max_attempts) == expected


def test_why_nothing_is_taken() -> None:
    open_, few = due(), Deadlines(NOON, NOON, 2, None, "UTC")
    assert Situation(open_, 60, 9, NOON - 61 * SECOND).refusal(NOON) is None
    assert Situation(open_, 60, 1, NOON - 60 * SECOND).refusal(NOON) is None
    assert Situation(open_, 60, 1, NOON - 59.5 * SECOND).refusal(NOON) == Refusal("cool_down", 1)
    assert Situation(open_, 60, 1, NOON + SECOND).refusal(NOON) == Refusal("cool_down", 61)
    assert Situation(open_, 0, 1, NOON + SECOND).refusal(NOON) is None  # one that arrived later was quicker
    assert Situation(few, 60, 2, NOON).refusal(NOON) == Refusal("no_attempts_left")
    assert Situation(few, 60, 1, None).refusal(NOON + SECOND) == Refusal("closed")
    assert (Situation(few, 0, 3, None).attempts_left, Situation(open_, 0, 3, None).attempts_left) == (0, None)
