"""`admin lti-platform …`: the learning platforms that may open assignments here and are told the scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from service.administration.people import writing_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.configuration import Configuration
    from service.models import LtiPlatform


def _settings(command: Callable[..., None]) -> Callable[..., None]:
    """The options that `add` and `change` share."""
    for option in (
        click.option("--makes-courses/--makes-no-courses", default=None, help="Instructors there may make courses."),
        click.option("--origin", "origins", multiple=True, help="Where else its pages come from: https://HOST."),
        click.option("--deployment", "deployments", multiple=True, help="The id of a deployment that is taken."),
        click.option("--audience", help="What its token endpoint is called, if not by its address."),
        click.option("--name", help="How it is called here."),
    ):
        command = option(command)
    return command


@click.group("lti-platform")
def lti_platform() -> None:
    """Learning platforms (LTI 1.3): Canvas, Moodle and others."""


@lti_platform.command("add")
@click.argument("issuer")
@click.argument("client_id")
@click.option("--authorization-url", required=True, help="Where people sign in there (OIDC authentication request).")
@click.option("--token-url", required=True, help="Where it gives access tokens.")
@click.option("--jwks-url", required=True, help="Where its keys are (JSON Web Key Set).")
@_settings
@click.pass_obj
def add_platform(configuration: Configuration, /, **given: Any) -> None:
    """Registers the platform ISSUER, which knows this service as CLIENT_ID."""
    from service.lti.platforms import register_platform

    settings = {key: value for key, value in given.items() if value not in (None, ())}
    settings.setdefault("name", settings["issuer"].partition("://")[2] or settings["issuer"])
    with _writing(configuration) as session:
        platform = register_platform(session, None, settings, configuration.lti_allow_private)
        _show(platform)
    if not platform.deployments:
        click.echo(f"Nothing is taken from it before a deployment is named: change {platform.id} --deployment ID")


@lti_platform.command("change")
@click.argument("number", type=int)
@click.option("--issuer")
@click.option("--client-id")
@click.option("--authorization-url")
@click.option("--token-url")
@click.option("--jwks-url")
@click.option("--active/--inactive", default=None, help="Whether launches are taken from it and scores sent to it.")
@_settings
@click.pass_obj
def change_platform_by_command(configuration: Configuration, /, number: int, **given: Any) -> None:
    """Changes what is given of platform NUMBER; --deployment and --origin add to those that are there."""
    from service.lti.platforms import LISTS, change_platform
    from service.models import LtiPlatform

    with _writing(configuration) as session:
        platform = session.get(LtiPlatform, number)
        if platform is None:
            raise click.ClickException(f"There is no platform {number}: see `lti-platform list`.")
        settings = {key: value for key, value in given.items() if value not in (None, ())}
        for name in LISTS:
            if name in settings:
                settings[name] = [*getattr(platform, name), *settings[name]]
        change_platform(session, None, platform, settings, configuration.lti_allow_private)
        _show(platform)


@lti_platform.command("list")
@click.pass_obj
def list_platforms(configuration: Configuration) -> None:
    """Prints the registered platforms, and what they need to know of this service."""
    from service.lti.description import addresses
    from service.lti.platforms import platforms

    for name, address in addresses(configuration.public_url).items():
        click.echo(f"{name}: {address}")
    with _writing(configuration) as session:
        for platform in platforms(session):
            _show(platform)


def _show(platform: LtiPlatform) -> None:
    state = "" if platform.active else " (inactive)"
    deployments = ", ".join(platform.deployments) or "none"
    click.echo(f"{platform.id}  {platform.name}{state}: {platform.issuer} {platform.client_id}")
    click.echo(f"   deployments: {deployments}")


@contextmanager
def _writing(configuration: Configuration) -> Iterator[Session]:
    from service.lti.platforms import BadSetting

    try:
        with writing_in(configuration) as session:
            yield session
    except BadSetting as error:
        raise click.ClickException(str(error)) from None
