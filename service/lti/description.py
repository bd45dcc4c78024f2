"""This service as a tool, in the form that Canvas reads from an address; other platforms ask for the same addresses."""

from __future__ import annotations

from typing import Any

TITLE = "Gradient Grader"
WORDS = "Exercises in backpropagation, graded at once."
LINEITEM = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
MEMBERSHIP = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


def addresses(public_url: str) -> dict[str, str]:
    """What an administrator enters at the platform, by its usual name."""
    return {
        "target_link_uri": f"{public_url}/lti/launch",
        "oidc_initiation_url": f"{public_url}/lti/login",
        "redirect_uri": f"{public_url}/lti/launch",
        "public_jwk_url": f"{public_url}/lti/jwks",
        "configuration": f"{public_url}/lti/configuration",
    }


def description(public_url: str) -> dict[str, Any]:
    """The tool's configuration: https://developerdocs.instructure.com/services/canvas/external-tools/lti/file.lti_dev_key_config"""
    where = addresses(public_url)
    placements = [
        {"placement": name, "message_type": "LtiDeepLinkingRequest", "target_link_uri": where["target_link_uri"]}
        for name in ("assignment_selection", "link_selection")
    ]
    return {
        "title": TITLE,
        "description": WORDS,
        "target_link_uri": where["target_link_uri"],
        "oidc_initiation_url": where["oidc_initiation_url"],
        "redirect_uris": [where["redirect_uri"]],
        "public_jwk_url": where["public_jwk_url"],
        "scopes": [LINEITEM, SCORE, MEMBERSHIP],
        "custom_fields": {},
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "privacy_level": "public",
                "settings": {"text": TITLE, "placements": placements},
            }
        ],
    }
