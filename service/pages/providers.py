"""To the provider of sign-in and back."""

from __future__ import annotations

import logging

from flask import abort, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.wrappers import Response

from service import providers
from service.authentication import Person, by_id, signed_in, start_session
from service.pages.account import account_page
from service.pages.blueprint import Answer, pages, person
from service.pages.sign_in import sign_in_form
from service.providers import NotSignedIn, ProviderFailed

log = logging.getLogger(__name__)


@pages.get("/provider")
def go_to_provider() -> Answer:
    """To the provider, to sign in."""
    return _go(None)


@pages.post("/provider/link")
@login_required
def link_to_provider() -> Answer:
    """To the provider, whose word is to count for the account that is signed in. By way of a page, as browsers let no
    form lead to another site."""
    answer = _go(person())
    if not isinstance(answer, Response):
        return answer
    return render_template("provider.html", address=answer.location, provider=providers.provider_name())


@pages.get("/provider/back")
def come_back_from_provider() -> Answer:
    """Where the provider sends the browser to."""
    if providers.provider_name() is None:
        abort(404)
    from service import openid  # here, as in `providers.register`

    try:
        account_id, linked = openid.come_back(signed_in())
    except NotSignedIn as refused:
        return _failed(refused.code), 422
    except ProviderFailed as failed:
        log.error("the sign-in provider cannot be used: %s", failed)
        return _failed("provider"), 503
    if linked:
        return redirect(url_for("pages.account"), code=303)
    start_session(by_id(account_id))
    return redirect(url_for("pages.home"), code=303)


def _go(linking: Person | None) -> Answer:
    if providers.provider_name() is None:
        abort(404)
    from service import openid

    try:
        return openid.go_there(linking)
    except ProviderFailed as failed:
        log.error("the sign-in provider cannot be used: %s", failed)
        return _failed("provider"), 503


def _failed(code: str) -> str:
    if signed_in() is None:
        return sign_in_form(url_for("pages.home"), failed=code)
    problems = {
        "provider": gettext("The sign-in service does not answer as it should. Try again in a moment."),
        "linked_elsewhere": gettext("This identity belongs to another account here."),
    }
    return account_page(problem=problems.get(code) or gettext("The sign-in service let nobody in. Try again."))
