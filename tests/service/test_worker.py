"""What a worker does beside grading."""

from __future__ import annotations

import pytest

from grader import Sandbox, catalogue, read_code, trial_set
from service.accounts import by_token
from service.models import Assignment
from service.submissions import hand_in
from service.worker import AHEAD, Grader
from tests.service.conftest import Parts


def commit(parts: Parts) -> int:
    person = by_token(parts.school.tokens["student"])
    assert person is not None
    with parts.database.reading() as session:
        assignment = session.get_one(Assignment, parts.school.assignments["multiply"])
    return hand_in(person, read_code("dfdx = y"), catalogue()["multiply"], assignment).id


@pytest.mark.parametrize("variants", [False, True])
def test_points_are_computed_ahead_but_not_for_one_students_variant(parts: Parts, variants: bool) -> None:
    with parts.database.writing() as session:
        session.get_one(Assignment, parts.school.assignments["multiply"]).variants = variants
    with Sandbox() as sandbox, parts.app.app_context():
        grader = Grader(parts.configuration, parts.database, sandbox, "worker")
        computed = []
        for _ in range(2):
            assert not grader.grade(commit(parts))
            before = trial_set.cache_info().misses + trial_set.cache_info().hits
            grader.prepare()
            grader.prepare()  # once for each submission
            computed.append(trial_set.cache_info().misses + trial_set.cache_info().hits - before)
    assert computed == ([0, 0] if variants else [AHEAD, AHEAD])
