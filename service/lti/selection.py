"""Deep linking: what an instructor picks here is told to the platform, which makes a link of it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from service.lti.messages import ASSIGNMENT, CLAIM, DEEP_LINKING, RESPONSE, VERSION, Message
from service.models import Assignment, LtiPlatform

if TYPE_CHECKING:
    from service.lti.keys import Signer


def response(signer: Signer, platform: LtiPlatform, message: Message, picked: list[Assignment], address: str) -> str:
    """The signed answer to a launch that asked for a selection: the picked assignments as links to `address`."""
    assert message.selection is not None
    claims: dict[str, Any] = {
        "iss": platform.client_id,
        "aud": platform.issuer,
        "nonce": secrets.token_urlsafe(32),
        f"{CLAIM}deployment_id": message.deployment,
        f"{CLAIM}message_type": RESPONSE,
        f"{CLAIM}version": VERSION,
        f"{DEEP_LINKING}content_items": [_item(assignment, address) for assignment in picked],
    }
    if message.selection["data"] is not None:
        claims[f"{DEEP_LINKING}data"] = message.selection["data"]
    return signer.sign(claims)


def resource_id(assignment: Assignment) -> str:
    """What a column of the platform's gradebook that is ours is known by."""
    return f"gradient-grader-assignment-{assignment.id}"


def _item(assignment: Assignment, address: str) -> dict[str, Any]:
    item: dict[str, Any] = {
        "type": "ltiResourceLink",
        "title": assignment.title,
        "url": address,
        "custom": {ASSIGNMENT: str(assignment.id)},
        "window": {"targetName": "_blank"},
    }
    if assignment.points > 0:  # a line item's maximum has to be more than nothing
        maximum, own = assignment.points, resource_id(assignment)
        item["lineItem"] = {"scoreMaximum": maximum, "label": assignment.title, "resourceId": own}
    return item
