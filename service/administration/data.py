"""`admin retention | export-person | delete-person`: how long people's data are kept, and what is kept about one."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import click

from service.administration.people import account_of, writing_in

if TYPE_CHECKING:
    from service.configuration import Configuration


@click.command()
@click.option("--older-than", "days", required=True, type=click.IntRange(1, 36_500), metavar="DAYS")
@click.option("--apply", is_flag=True, help="Delete it; without, it is only told.")
@click.pass_obj
def retention(configuration: Configuration, days: int, apply: bool) -> None:
    """Deletes what was handed in, and what reports said of it, in courses that were over DAYS ago; and practice.

    Grades and audit entries stay. A course is over with the last of its dates and submissions. Without --apply nothing
    is deleted: it says what would be.
    """
    from datetime import timedelta

    from service import retention
    from service.administration import opened
    from service.models import now

    with opened(configuration) as database:
        with database.reading() as session:
            planned = retention.plan(session, now() - timedelta(days=days))
        for over in planned.courses:
            click.echo(f"Course {over.course.id}, “{over.course.title}”, over since {over.at:%Y-%m-%d}: ", nl=False)
            click.echo(f"{over.submissions} submissions")
        click.echo(f"Practice: {planned.practice} submissions")
        if apply:
            retention.apply(database, planned)
    click.echo("Deleted." if apply else "Nothing is deleted yet: with --apply it is.")


@click.command("export-person")
@click.argument("email")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True), default="-")
@click.pass_obj
def export_person(configuration: Configuration, email: str, file: str) -> None:
    """Writes all that is stored about one person, as JSON, to FILE (-: standard output): rows by table."""
    from service.personal import export

    with writing_in(configuration) as session:
        told = export(session, account_of(session, email))
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    if file == "-":
        sys.stdout.write(text)
        return
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}. Nothing was written.") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as written:
        written.write(text)


@click.command("delete-person")
@click.argument("email")
@click.option("--with-grades", is_flag=True, help="Their points, too; without, they stay, under no name.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete_person(configuration: Configuration, email: str, with_grades: bool, yes: bool) -> None:
    """Deletes who a person is, what they handed in and what reports said of it. This cannot be undone.

    Backups that were made before still hold it.
    """
    from service.accounts import LastAdministrator
    from service.personal import OnlyInstructor, StillGraded, forget

    with writing_in(configuration) as session:
        account = account_of(session, email)
        number, asked = account.id, f"Delete {account.name} <{account.email}>"
    if not yes:
        click.confirm(f"{asked}{' with all grades' if with_grades else ', keeping the grades'}?", abort=True)
    try:
        with writing_in(configuration) as session:
            count = forget(session, account_of(session, email), with_grades)
    except StillGraded:
        raise click.ClickException(
            "Something of this person still waits for its report. Nothing was deleted; try again in a minute."
        ) from None
    except OnlyInstructor as only:
        raise click.ClickException(
            f"This is the only instructor of course {only.course_id}, “{only.title}”. Nothing was deleted; make "
            "somebody else one first."
        ) from None
    except LastAdministrator:
        raise click.ClickException(
            "This is the only administrator. Nothing was deleted; make somebody else one first (admin create)."
        ) from None
    click.echo(f"Account {number} is nobody's any more; what was handed in {count} times is deleted.")
