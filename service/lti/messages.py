"""What a platform says in a launch, as far as it is used here, read from the claims of its id_token.

Claims: https://www.imsglobal.org/spec/lti/v1p3, lti-dl/v2p0, lti-ags/v2p0, lti-nrps/v2p0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from grader import LANGUAGES
from service.models import ASSISTANT, INSTRUCTOR, STUDENT

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
GRADES = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
VERSION = "1.3.0"
RESOURCE, SELECTION = "LtiResourceLinkRequest", "LtiDeepLinkingRequest"
RESPONSE = "LtiDeepLinkingResponse"
ASSIGNMENT = "gradient_grader_assignment"  # the custom parameter of the links that we hand out

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_ROLES = (  # the first that somebody has: an assistant is often called an instructor as well
    (ASSISTANT, ("/Instructor#TeachingAssistant", "#TeachingAssistant")),
    (INSTRUCTOR, ("#Instructor",)),
    (STUDENT, ("#Learner",)),
)


class Malformed(ValueError):
    """A claim that is missing or not what it has to be; the message names it."""


@dataclass(frozen=True)
class Message:
    """A launch. `role` is None for whoever is neither student, assistant nor instructor of the platform's course.

    `context` is the platform's course and `resource` the link in it that was followed, by the platform's own keys;
    `assignment` is what we wrote into that link. `selection` is set where the platform wants to be told what to link:
    {"return_url", "data"}. What is not given is None or empty."""

    subject: str
    name: str
    email: str | None
    language: str | None
    sid: str | None
    role: str | None
    deployment: str
    context: str | None
    context_title: str
    resource: str | None
    resource_title: str
    assignment: int | None
    lineitem: str | None
    lineitems: str | None
    scopes: list[str]
    memberships: str | None
    selection: dict[str, Any] | None


def read(claims: Mapping[str, Any]) -> Message:
    """The message in verified claims. Raises Malformed."""
    if claims.get(f"{CLAIM}version") != VERSION:
        raise Malformed("version")
    kind = claims.get(f"{CLAIM}message_type")
    if kind not in (RESOURCE, SELECTION):
        raise Malformed("message_type")
    context, grades = _part(claims, f"{CLAIM}context"), _part(claims, GRADES)
    resource = _part(claims, f"{CLAIM}resource_link")
    custom = _part(claims, f"{CLAIM}custom")
    presentation, lis = _part(claims, f"{CLAIM}launch_presentation"), _part(claims, f"{CLAIM}lis")
    message = Message(
        subject=_key(claims, "sub") or "",
        name=person_name(claims),
        email=address(claims.get("email")),
        language=_language(claims.get("locale") or presentation.get("locale")),
        sid=words(lis.get("person_sourcedid"), 100) or None,
        role=role(claims.get(f"{CLAIM}roles")),
        deployment=_key(claims, f"{CLAIM}deployment_id") or "",
        context=_key(context, "id"),
        context_title=words(context.get("title"), 200) or words(context.get("label"), 200),
        resource=_key(resource, "id") if kind == RESOURCE else None,
        resource_title=words(resource.get("title"), 200),
        assignment=number(custom.get(ASSIGNMENT)),
        lineitem=_url(grades.get("lineitem")),
        lineitems=_url(grades.get("lineitems")),
        scopes=[scope for scope in _list(grades.get("scope")) if isinstance(scope, str)][:20],
        memberships=_url(_part(claims, ROSTER).get("context_memberships_url")),
        selection=_selection(_part(claims, f"{DEEP_LINKING}deep_linking_settings")) if kind == SELECTION else None,
    )
    needed = {"sub": message.subject, "deployment_id": message.deployment, "context": message.context}
    if kind == RESOURCE:
        needed["resource_link"] = message.resource
    for name, value in needed.items():
        if not value:
            raise Malformed(name)
    return message


def role(roles: object) -> str | None:
    """The role here of somebody with these roles there; those outside of the course do not count."""
    short = {text.removeprefix(_MEMBERSHIP) for text in _list(roles) if isinstance(text, str)}
    short |= {f"#{text}" for text in short if text.isalpha()}  # the names alone, as LTI 1.1 had them
    return next((ours for ours, theirs in _ROLES if short.intersection(theirs)), None)


def person_name(claims: Mapping[str, Any]) -> str:
    """How somebody is called, "" where the platform does not say."""
    parts = (claims.get("given_name"), claims.get("family_name"))
    return words(claims.get("name"), 200) or words(" ".join(part for part in parts if isinstance(part, str)), 200)


def address(value: object) -> str | None:
    """The e-mail address, if it is one that can be kept."""
    text = words(value, 255)
    return text if 3 <= len(text) <= 254 and "@" in text[1:-1] and " " not in text else None


def sourced_id(member: Mapping[str, Any]) -> str | None:
    """The number that the school knows a member of a roster by."""
    return words(member.get("lis_person_sourcedid"), 100) or None


def _selection(settings: Mapping[str, Any]) -> dict[str, Any]:
    return_url = _url(settings.get("deep_link_return_url"))
    if return_url is None:
        raise Malformed("deep_link_return_url")
    if "ltiResourceLink" not in _list(settings.get("accept_types")):
        raise Malformed("accept_types")
    return {"return_url": return_url, "data": settings.get("data")}


def _part(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = claims.get(name)
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else ()


def _key(claims: Mapping[str, Any], name: str) -> str | None:
    """A name that the platform knows something by: compared exactly, so never mended."""
    value = claims.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 255 or not value.isprintable():
        raise Malformed(name.rpartition("/")[2])
    return value


def words(value: object, length: int) -> str:
    """Words to be shown: one line without controls."""
    if not isinstance(value, str):
        return ""
    return "".join(character if character.isprintable() else " " for character in value).strip()[:length]


def _url(value: object) -> str | None:
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        return None
    return value if len(value) <= 2_000 and value.isprintable() and " " not in value else None


def number(value: object) -> int | None:
    """The number of something of ours, as we wrote it."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _language(value: object) -> str | None:
    text = str(value)[:2].lower()
    return text if text in LANGUAGES else None
