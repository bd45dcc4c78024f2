"""What the commands do: they ask and tell somebody at a terminal, and leave the rest to the modules beside this one."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.status import Status

from grader import Report, SubmissionError, answers_in, in_words, print_report, read_code
from service.client import tokens
from service.client.connection import Connection, Refused, Unreachable
from service.client.handing_in import hand_in, number_of, waited_for

MATCH, MISMATCH, COULD_NOT_RUN = 0, 1, 2
TOKEN = "GRADIENT_GRADER_TOKEN"
_EXIT = {"match": MATCH, "mismatch": MISMATCH, "needs_review": MISMATCH}


def login(url: str, email: str | None, with_token: bool, language: str) -> None:
    """Gets a token for a password, or tries one that is there, and keeps it."""
    address = _address(url)
    with _told():
        if with_token:
            given = _hidden("Token").strip()
            Connection(address, given, language).once("GET", "/api/v1/assignments?page_size=1")
        else:
            email = email or click.prompt("E-mail")
            body = {"email": email, "password": _hidden("Password"), "name": _machine()}
            given = Connection(address, None, language).once("POST", "/api/v1/sign-in", body)["token"]
        tokens.keep(tokens.Known(address, given, email or ""))
    click.echo(f"Signed in to {address}. The token is in {tokens.file()}.")


def _hidden(asked: str) -> str:
    """What is typed unseen, or comes as a line through a pipe."""
    if sys.stdin.isatty():
        return str(click.prompt(asked, hide_input=True))
    return sys.stdin.readline().rstrip("\r\n") or _stop(f"{asked}: nothing was given.")


def logout(url: str | None) -> None:
    """Forgets the token, having revoked it where `login` made it: one that was given may be needed elsewhere."""
    with _told():
        service = tokens.known(_address(url) if url else None)
        if service is None:
            _stop("You are not signed in.")
        if service.made_here:
            _revoke(service)
        tokens.forget(service.address)
    click.echo(f"Signed out of {service.address}.")
    if not service.made_here:
        click.echo("The token that you gave is forgotten here, and still good: revoke it on the page of your account.")


def _revoke(service: tokens.Known) -> None:
    try:
        Connection(service.address, service.token).once("DELETE", "/api/v1/sign-in")
    except Refused as refused:
        if refused.status != 401:  # revoked already
            raise


def submit(
    url: str | None, assignment: str, given: Sequence[str], symbolic: bool, as_json: bool, language: str
) -> NoReturn:
    """Hands in, waits, prints the report, and ends with its exit status."""
    body = _symbols(given, language) if symbolic else _code(given, language)
    with _progress() as status, _told(status):
        connection = _connection(url, language, status)
        made = hand_in(connection, number_of(connection, assignment), body)
        done = _until_done(connection, made, status)
    attempt = f", attempt {made['attempt']}" if made["attempt"] else ""
    click.echo(f"Submission {made['id']}{attempt}: {connection.address}/submissions/{made['id']}", err=True)
    _print(done, as_json, language)


def report(url: str | None, number: int, as_json: bool, language: str) -> NoReturn:
    """Waits for the report, prints it, and ends with its exit status."""
    with _progress() as status, _told(status):
        connection = _connection(url, language, status)
        done = _until_done(connection, connection.get(f"/api/v1/submissions/{number}"), status)
    _print(done, as_json, language)


def _until_done(connection: Connection, made: Mapping[str, Any], status: Status) -> Mapping[str, Any]:
    """Tells the place in the queue until there is the report."""
    attempt = f" (attempt {made['attempt']})" if made["attempt"] else ""
    try:
        for state in waited_for(connection, made):
            if state["status"] == "queued":
                status.update(f"Submission {made['id']}{attempt}: number {state['position']} in the queue")
            else:
                status.update(f"Submission {made['id']}{attempt}: being graded")
    except (KeyboardInterrupt, Unreachable, Refused):
        status.stop()
        click.echo(f"It is handed in, and kept. Its report: gradient-grader report {made['id']}", err=True)
        raise
    return state


def _print(submission: Mapping[str, Any], as_json: bool, language: str) -> NoReturn:
    known = submission["report"]
    if as_json:
        click.echo(json.dumps(submission, ensure_ascii=False, indent=2))
    elif known is None:
        click.echo(f"Submission {submission['id']} is graded; the course does not show the report yet.")
    else:
        print_report(Report.from_dict(known), language)
    sys.exit(_EXIT.get(known["verdict"], COULD_NOT_RUN) if known else MATCH)


def _connection(url: str | None, language: str, status: Status) -> Connection:
    address = _address(url) if url else None
    token = os.environ.get(TOKEN)
    service = tokens.known(address)
    if address is None and service is None:
        _stop("Which service? Sign in first: gradient-grader login URL")
    if token is None and service is None:
        _stop(f"Sign in first: gradient-grader login {address}   (or give a token in {TOKEN})")

    def wait(seconds: float, reason: str) -> None:
        status.update(f"{reason.rstrip('.')}. Trying again …")
        time.sleep(seconds)

    known = address or (service.address if service else "")
    return Connection(known, token or (service.token if service else None), language, wait)


def _code(files: Sequence[str], language: str) -> dict[str, Any]:
    if len(files) != 1:
        _stop("One file is handed in at a time (or add --symbolic for derivatives in symbols).")
    try:
        data = sys.stdin.buffer.read() if files[0] == "-" else Path(files[0]).read_bytes()
        filename = "" if files[0] == "-" else Path(files[0]).name
        return {"kind": "code", "source": read_code(data, filename).source, "filename": filename}
    except OSError as error:
        _stop(f"{files[0]}: {error.strerror}")
    except SubmissionError as error:
        _stop(in_words(error.code, error.parameters, language))


def _symbols(texts: Sequence[str], language: str) -> dict[str, Any]:
    try:
        return {"kind": "symbolic", "answers": answers_in(texts)}
    except SubmissionError as error:
        _stop(in_words(error.code, error.parameters, language))


def _address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        _stop(f"`{url}` is not an address: it starts with https:// (or http://).")
    return url.rstrip("/")


def _machine() -> str:
    return f"gradient-grader on {platform.node() or 'a computer'}"[:100]


@contextmanager
def _progress() -> Iterator[Status]:
    """A line on standard error that tells what is waited for, where that is a terminal."""
    with Console(stderr=True).status("Handing in …") as status:
        yield status


@contextmanager
def _told(status: Status | None = None) -> Iterator[None]:
    """What goes wrong is told in a line, with exit status 2."""
    try:
        yield
    except (Refused, Unreachable, ValueError, KeyboardInterrupt) as error:
        if status is not None:
            status.stop()
        _stop(str(error) or "Interrupted.")


def _stop(message: str) -> NoReturn:
    click.secho(message, fg="red", err=True)
    sys.exit(COULD_NOT_RUN)
