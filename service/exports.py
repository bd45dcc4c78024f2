"""The gradebook as a file: plain, or in the columns that Canvas imports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.gradebook import Gradebook, gradebook
from service.models import Account, Course, Enrolment
from service.spreadsheets import Cell, to_csv

PLAIN, CANVAS = FORMS = ("plain", "canvas")

Row = Iterable[Cell]


def gradebook_file(session: Session, course: Course, form: str) -> bytes:
    """The course's gradebook as CSV, its scores in the assignments' points, empty where there are none; `form` is one
    of FORMS."""
    book = gradebook(session, course)
    enrolments = select(Enrolment).where(Enrolment.course_id == course.id)
    enrolled = {enrolment.account_id: enrolment for enrolment in session.scalars(enrolments)}
    rows = _plain if form == PLAIN else _canvas
    return to_csv(rows(book, enrolled))


def _plain(book: Gradebook, enrolled: dict[int, Enrolment]) -> Iterator[Row]:
    yield ["Name", "Email", "SID", "Section", *_titles(book), "Total"]
    for student in book.students:
        its = enrolled[student.id]
        yield [student.name, student.email, its.sid, its.section, *_scores(book, student), book.total(student.id)]


def _canvas(book: Gradebook, enrolled: dict[int, Enrolment]) -> Iterator[Row]:
    """Canvas finds a student by its own id, else by the SIS's, else by the login, else by the name; and an assignment
    by "Title (id)" with its own id, else by the title. Ours would be another's there, so the title stands alone."""
    columns = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    yield [*columns, *_titles(book)]
    yield ["    Points Possible", *[None] * (len(columns) - 1), *(assignment.points for assignment in book.assignments)]
    for student in book.students:
        its = enrolled[student.id]
        yield [student.name, its.canvas_id, its.sid, student.email, its.section, *_scores(book, student)]


def _titles(book: Gradebook) -> list[str]:
    """Of several assignments with one title the second has "#2" after it: a column is known by its name."""
    seen: Counter[str] = Counter()
    titles = []
    for assignment in book.assignments:
        seen[assignment.title] += 1
        number = seen[assignment.title]
        titles.append(assignment.title if number == 1 else f"{assignment.title} #{number}")
    return titles


def _scores(book: Gradebook, student: Account) -> Row:
    return [book.standing(student.id, assignment.id).score for assignment in book.assignments]
