"""What the containers of docker-compose.yml find in their volume of secrets, each readable by those who need it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from service.configuration import make_secrets, written_beside

_OURS = 0o400
_GROUP = 0o440  # postgres and redis read their own as members of the group


def make_container_secrets(folder: Path, known: Mapping[str, str] | None = None) -> dict[str, str]:
    """Makes in `folder` what is not there yet: our own secrets (see `make_secrets`, whose variables it answers) and
    the passwords of the database and the broker; and, always anew, what repeats these: the addresses, and the
    configuration of redis."""
    made = make_secrets(folder, known)
    database, broker = (_password(folder / name) for name in ("database_password", "broker_password"))
    _write(folder / "redis.conf", f"requirepass {broker}", _GROUP)
    _write(folder / "database_url", f"postgresql+psycopg://grader:{database}@postgres/grader", _OURS)
    _write(folder / "broker_url", f"redis://:{broker}@redis:6379/0", _OURS)
    return made


def _password(path: Path) -> str:
    if not path.exists():
        _write(path, secrets.token_urlsafe(48), _GROUP)
    return path.read_text(encoding="utf-8").strip()


def _write(path: Path, text: str, mode: int) -> None:
    written_beside(path, text, mode).replace(path)
