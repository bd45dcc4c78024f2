"""Who is in a course, and as what. Instructors of the course and administrators change it; assistants may look."""

from __future__ import annotations

from typing import Any

from flask import abort, g
from flask_smorest.pagination import PaginationParameters
from sqlalchemy.orm import Session

from service import enrolment
from service.accounts import AccountExists, NotAPerson, correct, email_of, name_of
from service.api.blueprint import Blueprint
from service.api.bodies import documented, loaded
from service.api.schemas.people import ChangedMember, InvitationSchema, MemberSchema, NewMember, Search
from service.configuration import settings
from service.database import reading, writing
from service.enrolment import LAST_INSTRUCTOR, LastInstructor, Member
from service.errors import ApiError, invalid
from service.invitations import NOT_INVITABLE, NOT_THEIRS, VALID, invitable, make_invitation, to_correct
from service.models import Account, Enrolment, now
from service.permissions import course_to_manage, course_with_people

blueprint = Blueprint("people", __name__, description="Who is in a course.")


@blueprint.route("/courses/<int:course_id>/people")
@blueprint.arguments(Search, location="query")
@blueprint.response(200, MemberSchema(many=True))
@blueprint.paginate()
def list_people(
    arguments: dict[str, Any], course_id: int, pagination_parameters: PaginationParameters
) -> list[dict[str, Any]]:
    """Everybody in the course, or who is searched for: instructors, assistants, students."""
    with reading() as session:
        course_with_people(session, g.person, course_id)
        page, per_page = pagination_parameters.page, pagination_parameters.page_size
        found, pagination_parameters.item_count = enrolment.members(
            session, course_id, None, arguments["search"], page, per_page
        )
        return [_shown(member) for member in found]


@blueprint.route("/courses/<int:course_id>/people", methods=["POST"])
@documented(NewMember)
@blueprint.response(201, MemberSchema, description="In the course now; who was there already keeps the role.")
@blueprint.refuses(403)
def enrol(course_id: int) -> dict[str, Any]:
    """Enrol somebody, by their address."""
    with writing() as session:
        course_to_manage(session, g.person, course_id)
        body = loaded(NewMember())
        try:
            email, name = email_of(body.pop("email")), name_of(body.pop("name"))
        except NotAPerson as error:
            raise invalid({error.field: [str(error)]}, str(error)) from None
        account = enrolment.enrol_by_address(session, g.person, course_id, email, name, body.pop("role"), **body)
        session.flush()
        return _shown(_member(session, course_id, account.id))


@blueprint.route("/courses/<int:course_id>/people/<int:account_id>", methods=["PATCH"])
@documented(ChangedMember)
@blueprint.response(200, MemberSchema)
@blueprint.refuses(403, 409)
def change_person(course_id: int, account_id: int) -> dict[str, Any]:
    """Change somebody's role in the course, or what is known of them there.

    Name and address are the account's: an instructor corrects those of somebody who never could sign in, was invited
    by no administrator and is in no course of others; an administrator anybody's."""
    with writing() as session:
        found = _find(session, course_id, account_id)
        body = loaded(ChangedMember())
        new = {name: body.pop(name, None) for name in ("email", "name")}
        if any(value is not None for value in new.values()):
            account = to_correct(session, g.person, account_id)
            if account is None:
                raise ApiError(409, "not_theirs", NOT_THEIRS)
            corrected(session, account, **new)
        try:
            enrolment.change_role(session, g.person, found, body.pop("role", found.role))
        except LastInstructor:
            raise ApiError(409, "last_instructor", LAST_INSTRUCTOR) from None
        enrolment.write(session, g.person, found, **body)
        session.flush()
        return _shown(_member(session, course_id, account_id))


@blueprint.route("/courses/<int:course_id>/people/<int:account_id>", methods=["DELETE"])
@blueprint.response(204, description="Not in the course any more; what they handed in stays.")
@blueprint.refuses(403, 409)
def remove_person(course_id: int, account_id: int) -> None:
    """Take somebody out of the course."""
    with writing() as session:
        try:
            enrolment.remove(session, g.person, _find(session, course_id, account_id))
        except LastInstructor:
            raise ApiError(409, "last_instructor", LAST_INSTRUCTOR) from None


@blueprint.route("/courses/<int:course_id>/people/<int:account_id>/invitation", methods=["POST"])
@blueprint.response(201, InvitationSchema, description="Hand it to this person only.")
@blueprint.refuses(403, 409)
def invite_person(course_id: int, account_id: int) -> dict[str, Any]:
    """Make an address where somebody in the course who never could sign in chooses a password."""
    with writing() as session:
        _find(session, course_id, account_id)
        accounts = invitable(session, g.person, [account_id])
        if not accounts:
            raise ApiError(409, "not_invitable", NOT_INVITABLE)
        return invitation(session, accounts[0])


@blueprint.route("/courses/<int:course_id>/invitations", methods=["POST"])
@blueprint.response(201, InvitationSchema(many=True), description="One for each person; hand each to its own.")
@blueprint.refuses(403)
def invite_all(course_id: int) -> list[dict[str, Any]]:
    """Make invitations for all in the course who never could sign in."""
    with writing() as session:
        course_to_manage(session, g.person, course_id)
        waiting = [member.account.id for member in enrolment.members(session, course_id)[0] if not member.can_sign_in]
        return [invitation(session, account) for account in invitable(session, g.person, waiting)]


def corrected(session: Session, account: Account, email: str | None, name: str | None) -> None:
    """Gives the account this address and this name, where they are not None."""
    try:
        new = email_of(account.email if email is None else email), name_of(account.name if name is None else name)
        correct(session, g.person, account, *new)
    except NotAPerson as error:
        raise invalid({error.field: [str(error)]}, str(error)) from None
    except AccountExists:
        raise ApiError(409, "account_exists", "There is an account with this address.") from None


def invitation(session: Session, account: Account) -> dict[str, Any]:
    """A new invitation for the account, as it is answered."""
    address = make_invitation(session, g.person, account, settings().public_url)
    return {"person": account, "address": address, "expires_at": now() + VALID}


def _find(session: Session, course_id: int, account_id: int) -> Enrolment:
    course_to_manage(session, g.person, course_id)
    found = enrolment.find_to_change(session, course_id, account_id)
    if found is None:
        abort(404)
    return found


def _member(session: Session, course_id: int, account_id: int) -> Member:
    return enrolment.members(session, course_id, account_id)[0][0]


def _shown(member: Member) -> dict[str, Any]:
    account, enrolled, can_sign_in = member
    of_account = {name: getattr(account, name) for name in ("id", "name", "email")}
    in_course = {name: getattr(enrolled, name) for name in ("role", "sid", "section", "canvas_id")}
    return {**of_account, **in_course, "can_sign_in": can_sign_in}
