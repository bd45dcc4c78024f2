"""`admin backup | restore`: everything in one file, and back into an empty database of any kind."""

from __future__ import annotations

import gzip
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import click

if TYPE_CHECKING:
    from service.configuration import Configuration


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.pass_obj
def backup(configuration: Configuration, file: str) -> None:
    """Writes all that the service knows to FILE (-: standard output), while it runs or not.

    THE FILE HOLDS SECRETS: what hidden trials follow from, what signs sessions, and all that students handed in. It is
    made for its owner only to read; keep it so.
    """
    from contextlib import closing

    from service.backup import BackupError
    from service.backup import backup as lines_of
    from service.database import Database

    with (
        closing(Database(configuration.database_url, connections=1)) as database,
        closing(lines_of(database, configuration)) as lines,
    ):
        try:
            first = next(lines)
        except BackupError as error:
            raise click.ClickException(str(error)) from None
        with _written(file) as written:
            written.write(first)
            count = -1  # the last line is no row
            for line in lines:
                written.write(line)
                count += 1
    where = "the backup" if file == "-" else file
    click.echo(f"{count} rows and the secrets are in {where}. Keep it where only you can read it.", err=True)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, exists=True, allow_dash=True))
@click.pass_obj
def restore(configuration: Configuration, file: str) -> None:
    """Brings what a backup FILE (-: standard input) holds into a database that is still empty, of whatever kind.

    In a data folder the secrets are put back, too. In containers they come first:
    `python -m service secrets /secrets --for-containers --from FILE`.
    """
    from contextlib import closing

    from service.backup import BackupError, head_of, require_empty
    from service.backup import restore as restore_lines
    from service.configuration import put_secrets
    from service.database import Database

    with closing(Database(configuration.database_url)) as database, read_backup(file) as lines:
        try:
            require_empty(database)
            head = head_of(lines)
            same = head.secrets["trials_secret"] == configuration.trials_secret
            if not same and not put_secrets(configuration, head.secrets):
                raise BackupError(
                    "The backup has another trials secret than this service is configured with: what is graded again "
                    "would meet other trials. Take the secrets out of the backup first: "
                    "python -m service secrets FOLDER --from FILE"
                )
            count = restore_lines(database, head, lines)
        except (BackupError, OSError, EOFError) as error:
            raise click.ClickException(str(error)) from None
    click.echo(f"{count} rows, as they were at {head.made_at}, are in the database.", err=True)


@contextmanager
def read_backup(file: str) -> Iterator[Iterator[str]]:
    """The lines of a backup, or of what is none: see `service.backup.head_of`."""
    packed = sys.stdin.buffer if file == "-" else open(file, "rb")
    with packed, gzip.open(packed, "rt", encoding="utf-8") as lines:
        yield _readable(lines)


def _readable(lines: IO[str]) -> Iterator[str]:
    from service.backup import BackupError

    try:
        yield from lines
    except (gzip.BadGzipFile, UnicodeDecodeError):
        raise BackupError("This is no backup of Gradient Grader.") from None
    except (EOFError, OSError) as error:
        raise BackupError(f"The backup is not whole: {error}") from None


@contextmanager
def _written(file: str) -> Iterator[IO[str]]:
    """A file that only its owner can read, and that is there only once it is whole."""
    if file == "-":
        with gzip.open(sys.stdout.buffer, "wt", encoding="utf-8") as packed:
            yield packed
        return
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}. Nothing was written.") from None
    try:
        with os.fdopen(descriptor, "wb") as raw, gzip.open(raw, "wb") as packed_bytes:
            with io.TextIOWrapper(packed_bytes, encoding="utf-8") as packed:
                yield packed
    except BaseException:
        os.unlink(file)
        raise
