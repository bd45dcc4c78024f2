"""What is read from the claims of an id_token."""

from __future__ import annotations

from typing import Any

import pytest

from service.lti.messages import Malformed, read, role
from tests.service.lti.platform import AGS, DEEP, LTI, ROLE


def claims(**more: Any) -> dict[str, Any]:
    return {
        "sub": "u-1",
        f"{LTI}version": "1.3.0",
        f"{LTI}message_type": "LtiResourceLinkRequest",
        f"{LTI}deployment_id": "d-1",
        f"{LTI}context": {"id": "c-1"},
        f"{LTI}resource_link": {"id": "r-1"},
        **more,
    }


@pytest.mark.parametrize(
    ("roles", "ours"),
    [
        ([f"{ROLE}#Learner"], "student"),
        ([f"{ROLE}#Instructor"], "instructor"),
        ([f"{ROLE}#Instructor", f"{ROLE}/Instructor#TeachingAssistant"], "assistant"),
        ([f"{ROLE}#TeachingAssistant"], "assistant"),
        ([f"{ROLE}#Learner", f"{ROLE}#Instructor"], "instructor"),
        (["Instructor"], "instructor"),
        ([f"{ROLE}#Mentor"], None),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"], None),
        (["http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"], None),
        ([], None),
        ("Instructor", None),
        (None, None),
        ([1, {}], None),
    ],
)
def test_roles_are_those_of_the_course_and_no_others(roles: object, ours: str | None) -> None:
    assert role(roles) == ours


def test_words_are_made_fit_to_be_shown_and_addresses_to_be_kept() -> None:
    said = claims(name="Tab\there\0" + "x" * 300, email=" a b@c ", locale="ja-JP")
    said[f"{LTI}context"] = {"id": "c-1", "title": ["no", "text"], "label": "ML101"}
    said[f"{AGS}claim/endpoint"] = {"lineitem": "javascript:alert(1)", "lineitems": "https://p.example/1", "scope": "x"}
    message = read(said)
    assert message.name.startswith("Tab here")
    assert message.name.isprintable()
    assert len(message.name) == 200
    assert (message.email, message.language, message.context_title) == (None, "ja", "ML101")
    assert (message.lineitem, message.lineitems, message.scopes) == (None, "https://p.example/1", [])


@pytest.mark.parametrize(
    "wrong",
    [
        {f"{LTI}context": None},
        {f"{LTI}context": {"id": "x" * 256}},
        {f"{LTI}context": {"id": "a\nb"}},
        {f"{LTI}resource_link": "r-1"},
        {f"{LTI}deployment_id": 1},
        {"sub": ""},
        {f"{LTI}message_type": "LtiDeepLinkingRequest"},
        {
            f"{LTI}message_type": "LtiDeepLinkingRequest",
            f"{DEEP}deep_linking_settings": {
                "deep_link_return_url": "javascript:1",
                "accept_types": ["ltiResourceLink"],
            },
        },
        {
            f"{LTI}message_type": "LtiDeepLinkingRequest",
            f"{DEEP}deep_linking_settings": {"deep_link_return_url": "https://p.example/", "accept_types": ["file"]},
        },
    ],
)
def test_what_is_needed_is_there_and_of_its_form(wrong: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        read(claims(**wrong))


@pytest.mark.parametrize(
    ("written", "number"), [("5", 5), (5, 5), ("0x5", None), ("-5", None), ("9" * 10, None), (None, None)]
)
def test_the_assignment_that_a_link_names_is_a_number_that_a_table_can_hold(
    written: object, number: int | None
) -> None:
    assert read(claims(**{f"{LTI}custom": {"gradient_grader_assignment": written}})).assignment == number
