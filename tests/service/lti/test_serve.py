"""The one command passes scores back as well."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from service.configuration import Configuration, make_secrets
from service.database import Database
from service.lti.platforms import register_platform
from service.models import (
    Account,
    Identity,
    LtiContext,
    LtiLink,
    LtiMember,
    LtiPlatform,
    Submission,
)
from tests.service.conftest import PROJECT, Embedded, free_port
from tests.service.grading_again import add_report
from tests.service.lti.platform import AGS, COURSE, DEPLOYMENT, platform_for
from tests.service.servers import process, until


@pytest.mark.parametrize("place", ["embedded"], indirect=True)
def test_serve_sends_scores_and_stops_cleanly_while_a_platform_is_silent(place: Embedded, tmp_path: Path) -> None:
    port, school = free_port(), place.school
    place.variables(tmp_path)
    Configuration.from_environment({**make_secrets(tmp_path), "GRADIENT_GRADER_DATA_DIR": str(tmp_path)})
    database = Database(f"sqlite:///{tmp_path}/grader.sqlite")
    variables = {"GRADIENT_GRADER_LTI_ALLOW_PRIVATE": "1", "GRADIENT_GRADER_PASSBACK_SECONDS": "0.1"}
    command = [sys.executable, "-m", "service", "serve", "--port", str(port), "--data", str(tmp_path), "--workers", "1"]
    with platform_for(f"http://127.0.0.1:{port}") as platform:
        student = platform.add_user("Student")
        with database.writing() as session:
            registered = register_platform(session, None, platform.registration, allow_private=True)
            account = session.scalars(select(Account).where(Account.email == "student@example.org")).one()
            session.add(Identity(account_id=account.id, issuer=platform.address, subject=student.id))
            context = LtiContext(
                platform_id=registered.id, deployment=DEPLOYMENT, key=COURSE, title="Deep learning",
                course_id=school.course, lineitems=f"{platform.address}/{COURSE}/lineitems?type=1",
                scopes=[f"{AGS}scope/lineitem", f"{AGS}scope/score"],
            )  # fmt: skip
            session.add(context)
            session.flush()
            number = school.assignments["multiply"]
            submission = Submission(
                assignment_id=number, account_id=account.id, attempt=1, exercise="multiply", kind="code",
                payload={}, trial_set=0, status="graded",
            )  # fmt: skip
            session.add_all([
                LtiMember(context_id=context.id, account_id=account.id),
                LtiLink(context_id=context.id, key="r", title="Link", assignment_id=number),
                submission,
            ])  # fmt: skip
            session.flush()
            score = {"verdict": "mismatch", "score": 1.0, "max_score": 2.0, "wrong": [], "report": {}}
            add_report(session, submission.id, **score)
        with process(command, cwd=PROJECT, env={**os.environ, **variables}) as serving:
            until(lambda: platform.score(student) == (5.0, 10.0, "FullyGraded"), seconds=60)
            with database.writing() as session:
                silent = session.scalars(select(LtiPlatform)).one()
                silent.token_url = f"{platform.address}/silent"
                add_report(session, submission.id, **{**score, "score": 2.0})
            until(platform.asked_in_silence.is_set)
            serving.terminate()
            assert serving.wait(20) == 0
    database.close()
