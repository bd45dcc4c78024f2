"""`admin create | course | invite`: accounts, the courses they teach, and ways in for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.configuration import Configuration
    from service.models import Account


@click.command()
@click.argument("email")
@click.argument("name")
@click.option("--administrator", is_flag=True, help="Who makes courses and accounts, and says who teaches.")
@click.pass_obj
def create(configuration: Configuration, email: str, name: str, administrator: bool) -> None:
    """Makes an account, and prints an address where its password is chosen.

    An account that exists stays as it is; with --administrator it becomes one.
    """
    from service.accounts import account_for, email_of, name_of, set_administrator

    with writing_in(configuration) as session:
        account, made = account_for(session, None, email_of(email), name_of(name))
        if administrator:
            _vouched_for(account)
            set_administrator(session, None, account, administrator=True)
        if not made:
            click.echo(f"{account.email} has an account: {account.name}.")
        if account.password_hash is None:
            _print_invitation(configuration, session, account)


@click.command()
@click.argument("title")
@click.option("--instructor", "email", required=True, metavar="EMAIL", help="Who teaches it; the account exists.")
@click.option("--zone", default="UTC", show_default=True, help="The time zone of its dates, as Asia/Tokyo.")
@click.pass_obj
def course(configuration: Configuration, title: str, email: str, zone: str) -> None:
    """Makes a course with an instructor."""
    from zoneinfo import available_timezones

    from service import audit
    from service.accounts import name_of
    from service.enrolment import enrol
    from service.models import INSTRUCTOR, Course

    if zone not in available_timezones():
        raise click.ClickException(f"{zone} is not the name of a time zone: Asia/Tokyo, Europe/Paris, UTC …")
    with writing_in(configuration) as session:
        instructor = _vouched_for(account_of(session, email))
        made = Course(title=name_of(title), zone=zone)
        session.add(made)
        session.flush()
        audit.record(session, None, "create", "course", made.id, made.id, after={"title": made.title, "zone": zone})
        enrol(session, None, made.id, instructor, INSTRUCTOR)
        click.echo(f"Course {made.id}, “{made.title}”: {configuration.public_url}/courses/{made.id}")


@click.command()
@click.argument("email")
@click.pass_obj
def invite(configuration: Configuration, email: str) -> None:
    """Prints an address where the account's password is chosen anew."""
    with writing_in(configuration) as session:
        _print_invitation(configuration, session, account_of(session, email))


def _print_invitation(configuration: Configuration, session: Session, account: Account) -> None:
    from service.invitations import VALID, make_invitation

    address = make_invitation(session, None, account, configuration.public_url)
    click.echo(f"{account.name} chooses a password, once and within {VALID.days} days, at")
    click.echo(f"  {address}")


def account_of(session: Session, email: str) -> Account:
    """The account with this address; a plain error where there is none."""
    from service.accounts import find_account, shown

    account = find_account(session, email)
    if account is None:
        raise click.ClickException(f"No account has the address {shown(email)}. Make one: admin create EMAIL NAME")
    return account


def _vouched_for(account: Account) -> Account:
    if account.address_unverified:
        raise click.ClickException(
            f"Nobody vouches for {account.email}: it was typed with a join code or told by a learning platform, and "
            "its holder may be anybody. Use an account that you made."
        )
    return account


@contextmanager
def writing_in(configuration: Configuration) -> Iterator[Session]:
    """A session of the deployment's database, committed at the end."""
    from service.accounts import NotAPerson
    from service.administration import opened

    try:
        with opened(configuration) as database, database.writing() as session:
            yield session
    except NotAPerson as error:
        raise click.ClickException(str(error)) from None
