"""The demo course: people, assignments, and what the students hand in, which is then graded like any other hand-in.

`course.yaml` beside this says who hands in what. Making the demo again adds what is missing and changes nothing else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from operator import itemgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from ruamel.yaml import YAML
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from grader import Code, Symbols, catalogue, read_code, read_symbols
from service import submissions
from service.accounts import make_account
from service.authentication import Person, by_token, make_token
from service.configuration import Configuration
from service.database import reading, writing
from service.deadlines import DAY, deadlines
from service.models import INSTRUCTOR, STUDENT, Account, Assignment, Course, Enrolment, Submission, Token, now

FILE = "demo.json"
TOKEN_NAME = "demo"
AT_WORK = timedelta(days=9)  # that the students have had so far


@dataclass(frozen=True)
class Planned:
    """One hand-in of the plan: `number` is its place among the student's hand-ins to this exercise, from 0."""

    exercise: str
    number: int
    submission: Code | Symbols
    filename: str


def make_demo(app: Flask, address: str) -> list[str]:
    """Makes what is missing of the demo course, hands in for its students, and writes `demo.json` into the data
    folder, readable by its owner only. Answers the lines to print: where to sign in."""
    configuration: Configuration = app.extensions["gradient_grader"]
    plan = _read(resources.files(__name__) / "course.yaml")
    with app.app_context():
        course = _make_course(plan)
        _hand_in_all(plan, course)
        known = _tokens(_kept(configuration.data_dir / FILE), course)
        accounts = _accounts(course, known, address)
        with reading() as session:
            assignments = session.scalars(
                select(Assignment).where(Assignment.course_id == course).order_by(Assignment.id)
            )
            data = {
                "address": address,
                "course": {"id": course, "title": plan["title"]},
                "accounts": accounts,
                "assignments": [
                    {"id": item.id, "exercise": item.exercise, "title": item.title, "points": item.points}
                    for item in assignments
                ],
            }
    _write(configuration.data_dir / FILE, data)
    return _lines(plan, accounts, configuration.data_dir / FILE)


def _make_course(plan: Mapping[str, Any]) -> int:
    """The course's id; it is known by its instructor, and made in one transaction."""
    with writing() as session:
        found = session.scalar(
            select(Enrolment.course_id)
            .join(Account)
            .where(Account.email == plan["instructor"]["email"], Enrolment.role == INSTRUCTOR)
        )
        if found is not None:
            return found
        course = Course(title=plan["title"], zone=plan["zone"])
        session.add(course)
        session.flush()
        for role, people in ((INSTRUCTOR, [plan["instructor"]]), (STUDENT, plan["students"])):
            for entry in people:
                account = make_account(session, entry["email"], entry["name"], entry["language"])
                session.add(Enrolment(course_id=course.id, account_id=account.id, role=role))
        for name, terms in plan["assignments"].items():
            title = catalogue()[name].title["en"]
            session.add(Assignment(course_id=course.id, exercise=name, title=title, **_terms(terms, course.zone)))
        return course.id


def _terms(terms: float | Mapping[str, float], zone: str) -> dict[str, Any]:
    """Points, times and late policy, from what the plan says."""
    if not isinstance(terms, Mapping):
        return {"points": terms}
    tonight = datetime.now(ZoneInfo(zone)).replace(hour=23, minute=59, second=0, microsecond=0)
    late = {"lost": terms["lost"], "per": DAY} if "lost" in terms else None
    return {
        "points": terms["points"],
        "due_at": tonight + timedelta(days=terms["due"]),
        "late_until": tonight + timedelta(days=terms["late"]) if "late" in terms else None,
        "late_policy": late,
    }


def _when(assignment: Assignment, number: int, ago: timedelta) -> datetime:
    """So long ago, but what is due by then: first attempts come before that, and so do all where it is closed; others
    come late."""
    mine, here = deadlines(assignment, None), now()
    at = here - ago
    if mine.due_at is None or mine.due_at > here:
        return at
    if number == 0 or mine.closed(here):
        return min(at, mine.due_at - timedelta(hours=2 if number == 0 else 1))
    return min(here, max(at, mine.due_at + timedelta(hours=1)))


def _hand_in_all(plan: Mapping[str, Any], course: int) -> None:
    """Hands in what each student has not handed in yet, in the course of days, as a class does."""
    with reading() as session:
        handed_out = select(Assignment).options(joinedload(Assignment.course)).where(Assignment.course_id == course)
        assignments = {item.exercise: item for item in session.scalars(handed_out)}
        students = {entry["email"]: _person(session, entry["email"]) for entry in plan["students"]}
        made = _attempts(session, course)
    queues = [(students[entry["email"]], list(_planned(entry["hands_in"]))) for entry in plan["students"]]
    missing = []
    for place, (person, queue) in enumerate(queues):
        for turn, planned in enumerate(queue, start=1):
            assignment = assignments.get(planned.exercise)
            if person and assignment and planned.number >= made.get((person.id, assignment.id), 0):
                ago = AT_WORK * (1 - turn / len(queue)) + timedelta(minutes=7 * place)
                missing.append((_when(assignment, planned.number, ago), person, planned, assignment))
    for at, person, planned, assignment in sorted(missing, key=itemgetter(0)):
        exercise = catalogue()[planned.exercise]
        submissions.hand_in(person, planned.submission, exercise, assignment, planned.filename, at=at)


def _planned(hands_in: list[str | Mapping[str, Mapping[str, str]]]) -> Iterator[Planned]:
    counts: dict[str, int] = {}
    for entry in hands_in:
        submission: Code | Symbols
        if isinstance(entry, str):
            exercise, filename = entry.split("/")
            file = resources.files(__name__) / "submissions" / exercise / filename
            submission = read_code(file.read_bytes(), filename)
        else:
            ((exercise, answers),) = entry.items()
            filename, submission = "", read_symbols(answers)
        number = counts.get(exercise, 0)
        counts[exercise] = number + 1
        yield Planned(exercise, number, submission, filename)


def _attempts(session: Session, course: int) -> dict[tuple[int, int], int]:
    rows = session.execute(
        select(Submission.account_id, Assignment.id, func.count())
        .join(Assignment, Submission.assignment_id == Assignment.id)
        .where(Assignment.course_id == course)
        .group_by(Submission.account_id, Assignment.id)
    )
    return {(account, assignment): count for account, assignment, count in rows}


def _person(session: Session, email: str) -> Person | None:
    account = session.scalar(select(Account).where(Account.email == email))
    return Person(account.id, account.email, account.name, account.language) if account else None


def _kept(path: Path) -> list[Any]:
    """The accounts that an earlier start wrote down, with their tokens."""
    try:
        accounts = json.loads(path.read_text(encoding="utf-8"))["accounts"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return accounts if isinstance(accounts, list) else []


def _tokens(kept: list[Any], course: int) -> dict[str, str]:
    """Tokens by address, those of `kept` that still hold."""
    found = {}
    for entry in kept:
        person = by_token(str(entry.get("token", "")))
        if person is not None and course in person.roles:
            found[person.email] = str(entry["token"])
    return found


def _accounts(course: int, known: Mapping[str, str], address: str) -> list[dict[str, Any]]:
    """Everybody in the course, with a token: the known one, or a new one in place of what is lost."""
    accounts = []
    with writing() as session:
        rows = session.execute(
            select(Account, Enrolment.role).join(Enrolment).where(Enrolment.course_id == course).order_by(Enrolment.id)
        )
        for account, role in rows.all():
            token = known.get(account.email)
            if token is None:
                lost = update(Token).where(Token.account_id == account.id, Token.name == TOKEN_NAME)
                session.execute(lost.where(Token.revoked_at.is_(None)).values(revoked_at=now()))
                token = make_token(session, account, TOKEN_NAME)
            accounts.append(
                {
                    "id": account.id,
                    "name": account.name,
                    "email": account.email,
                    "role": role,
                    "token": token,
                    "sign_in": f"{address}/sign-in/{token}",
                }
            )
    return accounts


def _lines(plan: Mapping[str, Any], accounts: list[dict[str, Any]], file: Path) -> list[str]:
    teacher = next(entry for entry in accounts if entry["role"] == INSTRUCTOR)
    students = [entry for entry in accounts if entry["role"] == STUDENT]
    return [
        f"Demo course “{plan['title']}”, {len(students)} students. Sign in as",
        *(f"  {entry['role']:<10}  {entry['sign_in']}  {entry['name']}" for entry in [teacher, *students[:2]]),
        f"  everybody else: {file}",
    ]


def _read(file: Any) -> Any:
    return YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))


def _write(path: Path, data: Mapping[str, Any]) -> None:
    """Replaces the file in one step, readable by its owner only."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(data, stream, ensure_ascii=False, indent=1)
    beside.replace(path)
