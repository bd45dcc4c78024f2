"""How long the pages of those who teach take with 500 students and 20 000 submissions, and what they ask:

    python -m tests.benchmarks.dashboard [--postgresql] [--keep FOLDER]

The reports are real: what the demo's students hand in is graded once, and drawn from at random for everybody. Times are
those of the application itself, without a server before it; the processor's are this process's at p95, which others on
the machine disturb less. Nothing here is a test: machines are noisy.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from statistics import median
from typing import Any

from flask.testing import FlaskClient
from ruamel.yaml import YAML
from sqlalchemy import func, insert, select

from grader import Sandbox, catalogue, grade, read_code, read_symbols, trial_set
from service import create_app, grading, outcomes
from service.accounts import make_account
from service.authentication import make_token
from service.configuration import Configuration, make_secrets
from service.database import Database
from service.migrations import migrate
from service.models import (
    GRADED,
    INSTRUCTOR,
    QUEUED,
    STUDENT,
    Account,
    Assignment,
    Base,
    Course,
    Enrolment,
    Mistake,
    Outcome,
    StoredReport,
    Submission,
    now,
)
from tests.service.servers import postgresql_server
from tests.service.statements import counted

STUDENTS, SUBMISSIONS, WAITING, DAYS = 500, 20_000, 40, 14
REPEATS = 25
GIVEN = ("愛子", "陽翔", "Emma", "Oliver", "Amara", "Noah", "美咲", "Zoë", "José", "Priya")
FAMILY = ("Tanaka", "佐藤", "Clarke", "Okafor", "Müller", "鈴木", "García", "Nguyen", "Ivanova", "Singh", "O’Neill")


@cache
def real_reports() -> dict[str, list[tuple[str, dict[str, Any], dict[str, Any]]]]:
    """By exercise: kind, payload and report of each thing that the demo's students hand in."""
    folder = resources.files("service.demo")
    plan = YAML(typ="safe", pure=True).load((folder / "course.yaml").read_text(encoding="utf-8"))
    found: dict[str, list[tuple[str, dict[str, Any], dict[str, Any]]]] = {}
    with Sandbox() as sandbox:
        for entry in {str(entry): entry for student in plan["students"] for entry in student["hands_in"]}.values():
            if isinstance(entry, str):
                name, filename = entry.split("/")
                if filename == "endless.py":
                    continue  # it takes as long as it may
                code = read_code((folder / "submissions" / name / filename).read_bytes(), filename)
                payload = {"source": code.source, "notebook": code.notebook, "filename": filename}
                kind, submission = code.kind, code
            else:
                ((name, answers),) = entry.items()
                submission = read_symbols(answers)
                kind, payload = submission.kind, {"answers": dict(submission.answers)}
            exercise = catalogue()[name]
            report = grade(exercise, submission, trial_set(exercise, b"benchmark", 0), sandbox)
            found.setdefault(name, []).append((kind, payload, report.to_dict()))
    return found


def make_class(database: Database, students: int = STUDENTS, submissions: int = SUBMISSIONS) -> tuple[int, str]:
    """The course's number and the token of its instructor. As in a real class, some never hand in."""
    drawn = random.Random(20_000)
    reports = real_reports()
    with database.writing() as session:
        course = Course(title="Neural Networks from Scratch", zone="Asia/Tokyo")
        session.add(course)
        session.flush()
        teacher = make_account(session, "teacher@example.org", "Keiko Morita", "en")
        session.add(Enrolment(course_id=course.id, account_id=teacher.id, role=INSTRUCTOR))
        token = make_token(session, teacher, "benchmark")
        began = now() - timedelta(days=DAYS)
        handed_out = [
            Assignment(course_id=course.id, exercise=name, title=catalogue()[name].title["en"], points=10.0,
                       release_at=began, due_at=began + timedelta(days=DAYS - 2), late_until=began + timedelta(days=60))
            for name in reports
        ]  # fmt: skip
        session.add_all(handed_out)
        people = [
            Account(email=f"s{number}@example.org", name=f"{drawn.choice(GIVEN)} {drawn.choice(FAMILY)} {number}")
            for number in range(students)
        ]
        session.add_all(people)
        session.flush()
        session.execute(
            insert(Enrolment),
            [
                {"course_id": course.id, "account_id": person.id, "role": STUDENT, "created_at": began}
                for person in people
            ],
        )
        rows: dict[type[Base], list[dict[str, Any]]] = {Submission: [], StoredReport: [], Outcome: [], Mistake: []}
        attempts: Counter[tuple[int, int]] = Counter()
        moments = sorted(began + timedelta(seconds=drawn.uniform(0, DAYS * 86_400)) for _ in range(submissions))
        for number, at in enumerate(moments, start=1):
            assignment = drawn.choice(handed_out)
            person = people[min(int(drawn.expovariate(1) * students / 3), students - 9)]
            kind, payload, report = drawn.choice(reports[assignment.exercise])
            attempts[assignment.id, person.id] += 1
            own = {"assignment_id": assignment.id, "account_id": person.id}
            waits = number > submissions - WAITING
            rows[Submission].append(
                {
                    **own, "id": number, "attempt": attempts[assignment.id, person.id], "kind": kind, "trial_set": 0,
                    "exercise": assignment.exercise, "payload": payload, "created_at": at, "worth": 1.0, "tries": 1,
                    "status": QUEUED if waits else GRADED,
                }
            )  # fmt: skip
            if waits:
                continue
            figures = {"verdict": report["verdict"], "score": report["score"], "max_score": report["max_score"]}
            verdicts = outcomes.verdicts(report)
            wrong = list(outcomes.wrong(verdicts))
            rows[StoredReport].append({**figures, "submission_id": number, "wrong": wrong, "report": report})
            own |= {"submission_id": number, "at": at}
            told = {"attempt": attempts[assignment.id, person.id], "worth": 1.0, "verdicts": verdicts}
            rows[Outcome].append({**own, **figures, **told})
            rows[Mistake] += [{**own, "gradient": name, "code": code} for name, code in outcomes.mistakes(report)]
        for table, some in rows.items():
            for begin in range(0, len(some), 1000):
                session.execute(insert(table), some[begin : begin + 1000])
    grading.announce(database, "worker-1", {"seccomp": True, "landlock": 4, "rlimits": True, "unsafe": False})
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    return course.id, token


def pages(database: Database, course: int) -> dict[str, str]:
    """Addresses by what is shown there."""
    with database.reading() as session:
        first = session.execute(select(func.min(Assignment.id))).scalar_one()
        student = session.execute(select(func.min(Submission.account_id))).scalar_one()
        newest = session.execute(select(func.max(Outcome.submission_id))).scalar_one()
        often = select(Mistake.code).group_by(Mistake.code).order_by(func.count().desc())
        code = session.scalars(often.limit(1)).one()
    here = f"/courses/{course}"
    return {
        "overview": here,
        "what is asked every 5 s": f"{here}/live",
        "class": f"{here}/class?assignment={first}",
        "class, by wrong, page 5": f"{here}/class?assignment={first}&order=wrong&page=5",
        "class, searched": f"{here}/class?assignment={first}&student=tanaka",
        "mistakes": f"{here}/mistakes",
        "mistakes of an assignment": f"{here}/mistakes?assignment={first}",
        "one mistake": f"{here}/mistakes/{code}",
        "submissions": f"{here}/submissions",
        "submissions, the last page": f"{here}/submissions?page={SUBMISSIONS // 25}",
        "submissions, by verdict": f"{here}/submissions?verdict=not_run",
        "submissions, by student": f"{here}/submissions?student=tanaka",
        "submissions, by mistake": f"{here}/submissions?mistake={code}",
        "assignments": f"{here}/assignments",
        "grades": f"{here}/grades",
        "grades, the last page": f"{here}/grades?page={STUDENTS // 25}",
        "grade of a student": f"/assignments/{first}/grades/{student}",
        "a report": f"/submissions/{newest}",
        "grading again": f"{here}/regrades",
        "people": f"{here}/people",
        "extensions": f"/assignments/{first}/extensions",
        "exercises": f"{here}/exercises",
        "log": f"{here}/audit",
        "settings": f"{here}/settings",
    }


def measure(client: FlaskClient, sent: list[str], name: str, path: str) -> None:
    """Prints the page's times and queries."""
    seconds, computed, queries, size = [], [], 0, 0
    for _ in range(REPEATS):
        sent.clear()
        before, before_here = time.perf_counter(), time.thread_time()
        answer = client.get(path)
        seconds.append(time.perf_counter() - before)
        computed.append(time.thread_time() - before_here)
        assert answer.status_code == 200, (path, answer.status)
        queries, size = len([statement for statement in sent if "SELECT" in statement]), len(answer.data)
    p50, p95, of_processor = median(seconds), percentile(seconds), percentile(computed)
    times = f"p50 {1e3 * p50:6.1f} ms   p95 {1e3 * p95:6.1f} ms   processor {1e3 * of_processor:6.1f} ms"
    print(f"  {name:<28} {times}   {queries:3} queries   {size // 1024:4} KiB", flush=True)


def percentile(values: list[float], part: float = 0.95) -> float:
    """By nearest rank."""
    return sorted(values)[int(part * (len(values) - 1))]


@contextlib.contextmanager
def classroom(folder: Path, url: str | None = None, *size: int) -> Iterator[tuple[FlaskClient, Database, int]]:
    """A browser in which the instructor of a class is signed in, the application's database, and the course's number.
    `size` is that of `make_class`; in `folder` the class is made unless it has one already."""
    variables = {**make_secrets(folder / "secrets"), "GRADIENT_GRADER_DATA_DIR": str(folder),
                 "GRADIENT_GRADER_PUBLIC_URL": "http://127.0.0.1:1",
                 "GRADIENT_GRADER_REQUESTS_PER_MINUTE": "80000"}  # fmt: skip
    if url:
        variables["GRADIENT_GRADER_DATABASE_URL"] = url
    configuration = Configuration.from_environment(variables)
    with contextlib.closing(Database(configuration.database_url)) as database:
        known = folder / "benchmark.txt"
        if not known.exists():
            migrate(database)
            known.write_text(" ".join(map(str, make_class(database, *size))))
    course, token = known.read_text().split()
    app = create_app(configuration)
    client = app.test_client()
    assert client.get(f"/sign-in/{token}").status_code == 303
    try:
        yield client, app.extensions["gradient_grader_database"], int(course)
    finally:
        app.extensions["gradient_grader_waiting"].close()
        app.extensions["gradient_grader_celery"].close()
        app.extensions["gradient_grader_database"].close()


def run(folder: Path, url: str | None) -> None:
    """Measures a class of the usual size."""
    begun = time.perf_counter()
    with classroom(folder, url) as (client, database, course):
        print(f"{STUDENTS} students, {SUBMISSIONS} submissions, there after {time.perf_counter() - begun:.0f} s")
        sent = counted(database.engine)
        gc.collect()
        gc.freeze()  # as the server does
        for name, path in pages(database, course).items():
            measure(client, sent, name, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--keep", type=Path, help="keep SQLite's data in this folder, and use what is there")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        url = stack.enter_context(postgresql_server(durable=True))("dashboard") if options.postgresql else None
        run(folder, url)


if __name__ == "__main__":
    main()
