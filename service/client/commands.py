"""`gradient-grader login`, `submit`, `report` and `logout`: what a student or a script does with a service.

Each imports what it does when it runs: every other command starts as fast as without these.
"""

from __future__ import annotations

import click

from grader import LANGUAGES

language_option = click.option("--language", type=click.Choice(LANGUAGES), default="en", help="of the messages")
url_option = click.option("--url", help="The service.  [default: the one last signed in to]")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the submission with its report as JSON.")


@click.command()
@click.argument("url")
@click.option("--email", help="Your e-mail address there.")
@click.option("--token", is_flag=True, help="Sign in with a token that you have, instead of a password.")
@language_option
def login(url: str, email: str | None, token: bool, language: str) -> None:
    """Sign in to the service at URL; it is remembered for `submit` and `report`.

    Asks for e-mail address and password, and keeps a token of its own: the password is not kept. Who has no password
    (in the demo nobody has) gives a token with --token: the text that starts with gg_.
    """
    from service.client import terminal

    terminal.login(url, email, token, language)


@click.command()
@url_option
def logout(url: str | None) -> None:
    """Sign out: the token is forgotten here, and revoked unless you gave it with `login --token`."""
    from service.client import terminal

    terminal.logout(url)


@click.command()
@click.argument("arguments", nargs=-1, required=True, metavar="[URL] ASSIGNMENT FILE | NAME=EXPRESSION …")
@click.option("--symbolic", is_flag=True, help='Derivatives in symbols follow: "dx=y" "dy=x".')
@json_option
@language_option
def submit(arguments: tuple[str, ...], symbolic: bool, as_json: bool, language: str) -> None:
    """Hand in FILE (.py, .ipynb, or - for standard input) for ASSIGNMENT and wait for the report.

    ASSIGNMENT is its number, or the name of its exercise. Where an answer is lost on the way it is asked for again, and
    nothing is handed in twice. Exit status: 0 all right, 1 something is wrong, 2 it could not be graded.
    """
    from service.client import terminal

    url, left = (arguments[0], arguments[1:]) if "://" in arguments[0] else (None, arguments)
    if len(left) < 2:
        raise click.UsageError("Give the assignment, and what to hand in.")
    terminal.submit(url, left[0], left[1:], symbolic, as_json, language)


@click.command()
@click.argument("number", type=click.IntRange(1))
@url_option
@json_option
@language_option
def report(number: int, url: str | None, as_json: bool, language: str) -> None:
    """Show the report on submission NUMBER, as soon as it is there. Exit status as of `submit`."""
    from service.client import terminal

    terminal.report(url, number, as_json, language)
