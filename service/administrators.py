"""What the administrators of a deployment do with accounts."""

from __future__ import annotations

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from service import audit
from service.accounts import Person
from service.database import paged
from service.models import Account
from service.people import account_for


class AccountExists(Exception):
    """There is an account with this address."""


class LastAdministrator(Exception):
    """Without this one there would be no administrator."""


def accounts(session: Session, search: str = "", page: int = 1, per_page: int = 50) -> tuple[list[Account], int]:
    """One page of the accounts whose name or address has `search` in it, by name; and how many there are."""
    fits = Account.name.icontains(search, autoescape=True) | Account.email.icontains(search, autoescape=True)
    rows = select(Account).where(fits if search else true()).order_by(Account.name, Account.id)
    found, total = paged(session, rows, page, per_page)
    return list(found.scalars()), total


def make(session: Session, actor: Person, email: str, name: str, administrator: bool = False) -> Account:
    """A new account. Raises AccountExists."""
    account, made = account_for(session, actor, email, name)
    if not made:
        raise AccountExists
    change(session, actor, account, administrator)
    return account


def change(session: Session, actor: Person | None, account: Account, administrator: bool) -> None:
    """Makes the account an administrator's, or no longer one. Raises LastAdministrator."""
    if account.administrator == administrator:
        return
    everyone = session.scalars(select(Account.id).where(Account.administrator).with_for_update()).all()
    if list(everyone) == [account.id]:
        raise LastAdministrator
    account.administrator = administrator
    audit.record(
        session, actor, "change", "account", account.id,
        before={"administrator": not administrator}, after={"administrator": administrator},
    )  # fmt: skip
