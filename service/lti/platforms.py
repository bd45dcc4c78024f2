"""The platforms that the administrator registered: what each of their settings has to be, and changes to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service import audit
from service.authentication import Person
from service.models import LtiPlatform
from service.outside import Refused, check_address

ADDRESSES = ("authorization_url", "token_url", "jwks_url")
LISTS = ("deployments", "origins")
LENGTHS = {"name": 200, "issuer": 255, "client_id": 255, **dict.fromkeys(ADDRESSES, 2_000), "audience": 2_000}
SETTINGS = (*LENGTHS, *LISTS, "makes_courses", "active")
MOST_IN_A_LIST = 1_000


class BadSetting(ValueError):
    """A setting that cannot be: `field` says which, the message what to change."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def platforms(session: Session) -> list[LtiPlatform]:
    """All of them, in the order in which they were registered."""
    return list(session.scalars(select(LtiPlatform).order_by(LtiPlatform.id)))


def register_platform(
    session: Session, person: Person | None, settings: Mapping[str, Any], allow_private: bool
) -> LtiPlatform:
    """A new platform. Raises BadSetting."""
    platform = LtiPlatform(audience=None, deployments=[], origins=[], makes_courses=False, active=True)
    _write(session, platform, settings, allow_private)
    audit.record(session, person, "create", "platform", platform.id, after=_settings(platform))
    return platform


def change_platform(
    session: Session, person: Person | None, platform: LtiPlatform, settings: Mapping[str, Any], allow_private: bool
) -> None:
    """Changes what is given. Raises BadSetting."""
    before = _settings(platform)
    _write(session, platform, settings, allow_private)
    audit.record(session, person, "change", "platform", platform.id, before=before, after=_settings(platform))


def _write(session: Session, platform: LtiPlatform, settings: Mapping[str, Any], allow_private: bool) -> None:
    for field, value in settings.items():
        if field in LENGTHS and not (field == "audience" and value is None):
            _check_line(field, value)
        if field in ADDRESSES:
            try:
                check_address(value, allow_private)
            except Refused as error:
                raise BadSetting(field, str(error)) from None
        if field in LISTS:
            value = list(dict.fromkeys(value))
            _check_list(field, value)
    try:
        with session.begin_nested():
            for field, value in settings.items():
                setattr(platform, field, list(dict.fromkeys(value)) if field in LISTS else value)
            session.add(platform)
    except IntegrityError:
        raise BadSetting("client_id", "This issuer and client id are registered already.") from None


def _check_line(field: str, value: str) -> None:
    if not value or not value.isprintable() or value != value.strip():
        raise BadSetting(field, f"{field} is empty, or has blanks around it or characters that cannot be printed.")
    if len(value) > LENGTHS[field]:
        raise BadSetting(field, f"{field} is longer than {LENGTHS[field]} characters.")


def _check_list(field: str, values: list[str]) -> None:
    if len(values) > MOST_IN_A_LIST:
        raise BadSetting(field, f"{field} are more than {MOST_IN_A_LIST}.")
    for value in values:
        if not value or len(value) > 255 or not value.isprintable():
            raise BadSetting(field, f"{value[:80]!r} cannot be one of the {field}.")
        if field == "origins" and not _is_origin(value):
            raise BadSetting(field, f"{value} is not an origin, as https://school.example.org.")


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").replace("-", "").replace(".", "")
    plain = text == f"{parts.scheme}://{parts.netloc}" and parts.username is None
    return plain and parts.scheme in ("https", "http") and host.isascii() and host.isalnum()


def _settings(platform: LtiPlatform) -> dict[str, Any]:
    return {field: getattr(platform, field) for field in SETTINGS}
