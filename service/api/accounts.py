"""All accounts of the deployment, for its accounts."""

from __future__ import annotations

from typing import Any

from flask import abort, g
from flask_smorest.pagination import PaginationParameters
from sqlalchemy.orm import Session

from service.accounts import (
    AccountExists,
    LastAdministrator,
    NotAPerson,
    all_accounts,
    email_of,
    name_of,
    new_account,
    set_administrator,
)
from service.api.blueprint import Blueprint
from service.api.bodies import documented, loaded
from service.api.people import corrected, invitation
from service.api.schemas.people import AccountSchema, ChangedAccount, InvitationSchema, NewAccount, Search
from service.database import reading, writing
from service.errors import ApiError, invalid
from service.invitations import to_correct
from service.models import Account
from service.permissions import require_administrator

blueprint = Blueprint("accounts", __name__, description="All accounts; for accounts.")


@blueprint.route("/accounts")
@blueprint.arguments(Search, location="query")
@blueprint.response(200, AccountSchema(many=True))
@blueprint.paginate()
@blueprint.refuses(404, 422)
def list_accounts(arguments: dict[str, Any], pagination_parameters: PaginationParameters) -> list[Account]:
    """All accounts, or those that are searched for, by name."""
    require_administrator(g.person)
    with reading() as session:
        page, per_page = pagination_parameters.page, pagination_parameters.page_size
        found, pagination_parameters.item_count = all_accounts(session, arguments["search"], page, per_page)
        return found


@blueprint.route("/accounts", methods=["POST"])
@documented(NewAccount)
@blueprint.response(201, InvitationSchema, description="Made; hand the invitation to this person only.")
@blueprint.refuses(404, 409)
def make_account() -> dict[str, Any]:
    """Make an account, and an invitation to it."""
    require_administrator(g.person)
    body = loaded(NewAccount())
    try:
        email, name = email_of(body["email"]), name_of(body["name"])
    except NotAPerson as error:
        raise invalid({error.field: [str(error)]}, str(error)) from None
    with writing() as session:
        try:
            account = new_account(session, g.person, email, name, body["administrator"])
        except AccountExists:
            raise ApiError(409, "account_exists", "There is an account with this address.") from None
        return invitation(session, account)


@blueprint.route("/accounts/<int:account_id>", methods=["PATCH"])
@documented(ChangedAccount)
@blueprint.response(200, AccountSchema)
@blueprint.refuses(409)
def change_account(account_id: int) -> Account:
    """Correct somebody's name or address, make them an administrator, or no longer one."""
    require_administrator(g.person)
    with writing() as session:
        account = to_correct(session, g.person, account_id)
        if account is None:
            abort(404)
        body = loaded(ChangedAccount())
        corrected(session, account, body.get("email"), body.get("name"))
        try:
            set_administrator(session, g.person, account, body.get("administrator", account.administrator))
        except LastAdministrator:
            message = "This is the only administrator. Make somebody else one first."
            raise ApiError(409, "last_administrator", message) from None
        return account


@blueprint.route("/accounts/<int:account_id>/invitation", methods=["POST"])
@blueprint.response(201, InvitationSchema, description="Hand it to this person only.")
def invite_account(account_id: int) -> dict[str, Any]:
    """Make an address where the account's password is chosen anew."""
    require_administrator(g.person)
    with writing() as session:
        return invitation(session, _find(session, account_id))


def _find(session: Session, account_id: int) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        abort(404)
    return account
