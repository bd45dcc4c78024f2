"""The tokens of the services that somebody signed in to, in a file of their own: `gradient-grader/services.json` in
the folder for settings (XDG_CONFIG_HOME, else ~/.config), readable by its owner only."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Known:
    """A service that somebody signed in to: with `email` and a password, or with a token that they had."""

    address: str
    token: str
    email: str

    @property
    def made_here(self) -> bool:
        """Whether the token was made for this machine."""
        return bool(self.email)


def file() -> Path:
    """Where the tokens are."""
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder) / "gradient-grader" / "services.json"


def known(address: str | None = None) -> Known | None:
    """The service at `address`; without one, the last that was signed in to."""
    services = _read()
    fitting = [service for service in services if address in (None, service.address)]
    return fitting[-1] if fitting else None


def keep(service: Known) -> None:
    """Keeps the token of a service in the place of an earlier one."""
    _write([*(other for other in _read() if other.address != service.address), service])


def forget(address: str) -> None:
    """Forgets the token of the service at `address`."""
    _write([other for other in _read() if other.address != address])


def _read() -> list[Known]:
    try:
        found: Any = json.loads(file().read_text("utf-8"))
        return [Known(item["address"], item["token"], item["email"]) for item in found]
    except FileNotFoundError:
        return []
    except (ValueError, LookupError, TypeError):
        raise ValueError(f"{file()} is not as it was written; delete it, and sign in again") from None


def _write(services: list[Known]) -> None:
    """In one step, and never readable by others."""
    path = file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as written:
        json.dump([vars(service) for service in services], written, indent=2)
    new.replace(path)
