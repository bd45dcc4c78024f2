"""The commands of the service: `gradient-grader serve`, and one process at a time as `python -m service`.

Each imports what it needs when it runs: every other command of `gradient-grader` starts as fast as without this one.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.administration import admin

if TYPE_CHECKING:
    from flask import Flask

    from service.configuration import Configuration

UNSAFE = """
  ************************************************************************
  *  --unsafe-no-sandbox: what students hand in runs UNCONFINED on this  *
  *  machine, with your rights. For trying things out, never for a class *
  ************************************************************************
"""


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any that is free.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--data",
    default="instance",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for database, queue and secrets.",
)
@click.option("--demo", is_flag=True, help="With a demo course; prints sign-in addresses.")
@click.option(
    "--workers", default=None, type=click.IntRange(1, 64), help="Processes that grade.  [default: one per core]"
)
@click.option("--unsafe-no-sandbox", is_flag=True, help="Run students' code unconfined. This machine only.")
def serve(port: int, host: str, data: Path, demo: bool, workers: int | None, unsafe_no_sandbox: bool) -> None:
    """The whole service in one command: web, workers and database; no other server is needed."""
    if unsafe_no_sandbox and not _is_loopback(host):
        raise click.UsageError("--unsafe-no-sandbox serves this machine only: leave out --host, or give 127.0.0.1.")
    from service.serve import listen
    from service.serve import serve as serve_until_stopped

    with closing(listen(host, port)) as listening:
        address = f"http://{_spoken(host)}:{listening.getsockname()[1]}"
        configuration = _embedded(data, address, unsafe_no_sandbox)
        if unsafe_no_sandbox:
            click.secho(UNSAFE, fg="red", bold=True, err=True)

        def when_ready(app: Flask) -> None:
            if demo:
                from service.demo import make_demo

                for line in make_demo(app, address):
                    click.echo(line)
            click.echo(f"Gradient Grader is at {address}  (Ctrl-C stops it; its data is in {data}/)")
            sys.stdout.flush()

        serve_until_stopped(configuration, listening, workers or os.cpu_count() or 1, when_ready)


@click.group()
def processes() -> None:
    """One process of the service at a time, configured by the environment (GRADIENT_GRADER_…)."""


processes.add_command(serve)
processes.add_command(admin)


@processes.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def web(host: str, port: int) -> None:
    """Answers requests; the database is expected to be migrated."""
    from service.serve import listen, serve_web

    with closing(listen(host, port)) as listening:
        serve_web(_configuration(os.environ), listening)


@processes.command()
@click.option("--name", default=lambda: f"{socket.gethostname()}-{os.getpid()}", help="[default: host and process]")
@click.option("--while-parent-lives", is_flag=True, help="Stop at the end of standard input.")
def worker(name: str, while_parent_lives: bool) -> None:
    """Grades what is handed in; does not start where the sandbox does not hold."""
    from grader import SandboxUnavailable
    from service.worker import CANNOT_START, work

    try:
        work(_configuration(os.environ), name, while_parent_lives)
    except SandboxUnavailable as error:
        click.secho(f"The sandbox does not hold here: {error}", fg="red", err=True)
        sys.exit(CANNOT_START)


@processes.command()
def beat() -> None:
    """Has the queue swept every few seconds; one process is enough."""
    from celery.beat import Scheduler, Service

    from service.tasks import make_celery

    configuration = _configuration(os.environ)
    logging.getLogger(__name__).info("having the queue swept every %g s", configuration.sweep_seconds)
    logging.getLogger("celery.beat").setLevel(logging.WARNING)
    for told in (signal.SIGTERM, signal.SIGINT):  # an exception may be lost in what it interrupts, and nothing else is
        signal.signal(told, lambda *_: os._exit(0))
    Service(make_celery(configuration), scheduler_cls=Scheduler).start()  # nothing to remember: it only ever sweeps


@processes.command()
def passback() -> None:
    """Tells learning platforms the scores; one process is enough."""
    from service.lti.passback import pass_back

    pass_back(_configuration(os.environ))


@processes.command("migrate")
def migrate_database() -> None:
    """Brings the database to the present state."""
    from service.database import Database
    from service.migrations import migrate

    with closing(Database(_configuration(os.environ).database_url)) as database:
        migrate(database)


@processes.command()
def demo() -> None:
    """Makes the demo course where it is missing, and prints sign-in addresses."""
    from service import create_app
    from service.demo import make_demo

    configuration = _configuration(os.environ)
    for line in make_demo(create_app(configuration), configuration.public_url):
        click.echo(line)


@processes.command("secrets")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--for-containers", is_flag=True, help="With those that docker-compose.yml hands to its containers.")
@click.option(
    "--from", "backup", type=click.Path(dir_okay=False, exists=True, allow_dash=True), help="Those of this backup."
)
def make_secrets_in(folder: Path, for_containers: bool, backup: str | None) -> None:
    """Makes the secrets that FOLDER does not hold yet."""
    from service.administration.backup import read_backup
    from service.backup import BackupError, head_of
    from service.configuration import make_secrets
    from service.containers import make_container_secrets

    known = None
    if backup is not None:
        try:
            with read_backup(backup) as lines:
                known = head_of(lines).secrets
        except BackupError as error:
            raise click.ClickException(str(error)) from None
    make = make_container_secrets if for_containers else make_secrets
    for variable, path in make(folder, known).items():
        click.echo(f"{variable}={path}")


def _embedded(data: Path, address: str, unsafe: bool) -> Configuration:
    from service.configuration import PREFIX, make_folder

    try:
        made = make_folder(data.absolute(), address)
    except OSError as error:
        raise click.ClickException(f"{data}: {error.strerror}.") from None
    of_call = {f"{PREFIX}DATA_DIR": str(data.absolute()), f"{PREFIX}UNSAFE_NO_SANDBOX": str(int(unsafe))}
    return _configuration({**made, **os.environ, **of_call})


def _configuration(environ: Mapping[str, str]) -> Configuration:
    """What the environment says, after which the process logs as it says."""
    from service import logs
    from service.configuration import Configuration, ConfigurationError

    try:
        configuration = Configuration.from_environment(environ)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from None
    logs.start(configuration.log)
    return configuration


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _spoken(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host
