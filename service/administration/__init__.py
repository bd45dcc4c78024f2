"""`gradient-grader admin …`, in containers `python -m service admin …`: what the owner of a deployment does by command.

Commands work on the database directly, whether the service runs or not. Each module beside this one holds the
commands of one kind, imports what it needs when it runs, and is registered below.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.administration import backup, data, people, platforms

if TYPE_CHECKING:
    from service.configuration import Configuration
    from service.database import Database

__all__ = ["admin", "opened"]

BEGINNING = ("create", "restore")  # what a deployment may begin with, in a folder that is not there yet


@click.group()
@click.option(
    "--data",
    default="instance",
    show_default=True,
    envvar="GRADIENT_GRADER_DATA_DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder that `serve` was given; where secrets stand in the environment, that says the rest, too.",
)
@click.pass_context
def admin(context: click.Context, data: Path) -> None:
    """Accounts and courses, backup and restore, people's data, learning platforms, from the command line."""
    from service.configuration import PREFIX, Configuration, ConfigurationError, make_folder

    in_environment = any(f"{PREFIX}SECRET_KEY{end}" in os.environ for end in ("", "_FILE"))
    if not in_environment and not data.exists() and context.invoked_subcommand not in BEGINNING:
        raise click.ClickException(f"There is no folder {data}. Give the one that `serve` was given: --data FOLDER.")
    try:
        own = {} if in_environment else make_folder(data.absolute())
        context.obj = Configuration.from_environment({**own, **os.environ, f"{PREFIX}DATA_DIR": str(data.absolute())})
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{data}: {error.strerror}.") from None


@contextmanager
def opened(configuration: Configuration) -> Iterator[Database]:
    """The deployment's database; that of a folder is made, or brought up to date, if need be."""
    from service.database import Database
    from service.migrations import migrate

    with closing(Database(configuration.database_url)) as database:
        if database.engine.dialect.name == "sqlite":
            migrate(database)
        yield database


for _command in (
    people.create, people.course, people.invite, backup.backup, backup.restore,
    data.retention, data.export_person, data.delete_person, platforms.lti_platform,
):  # fmt: skip
    admin.add_command(_command)
