"""How a launch that is refused is told, to the one who followed the link and to whom they show it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template
from flask_babel import LazyString, gettext, lazy_gettext

from service.lti.launches import LaunchRefused
from service.outside import Unreachable

WORDS: Mapping[str, LazyString] = {
    "unknown_platform": lazy_gettext(
        "This platform is not registered here. The administrator of this service has to add it."
    ),
    "state": lazy_gettext("This link was opened before, or it took longer than ten minutes. Follow it again."),
    "login": lazy_gettext("What the platform sent is not the beginning of a launch."),
    "platform": lazy_gettext("The platform did not sign you in. Sign in there, and follow the link again."),
    "signature": lazy_gettext("The platform's signature does not hold. Its keys may be registered wrongly here."),
    "iss": lazy_gettext("The launch does not come from the platform where it began."),
    "aud": lazy_gettext("The launch is meant for another tool: the client id that is registered here is not its own."),
    "nonce": lazy_gettext("The launch is not the one that began here. Follow the link again."),
    "exp": lazy_gettext("The launch is too old, or the platform's clock is wrong. Follow the link again."),
    "iat": lazy_gettext("The launch is dated in the future: the clock of the platform, or of this service, is wrong."),
    "deployment": lazy_gettext(
        "This deployment of the platform is not registered here. The administrator of this service has to add its id."
    ),
    "malformed": lazy_gettext("The launch lacks something that is needed, or has it in another form."),
    "not_instructor": lazy_gettext("Only an instructor of the course chooses what is linked."),
    "ticket": lazy_gettext("This page was used before, or is older than an hour. Go back, and follow the link again."),
}


def refusal_page(error: LaunchRefused | Unreachable) -> tuple[str, int]:
    """The page that says why."""
    if isinstance(error, Unreachable):
        title = gettext("The platform does not answer")
        advice = gettext("Its keys are needed to check the launch. Try again in a moment.")
        return render_template("lti_refused.html", title=title, advice=advice, detail=str(error)), 503
    words = WORDS.get(error.code, WORDS["malformed"])
    title = gettext("This launch cannot be taken")
    return render_template("lti_refused.html", title=title, advice=words, detail=error.detail or error.code), 400
