"""Where the service keeps its things and how it is reached: read once from the environment, checked at start.

Every variable is `GRADIENT_GRADER_` and the name of a field in capitals. What may hold a secret (`FROM_FILES`) may also
be given as a file, in the variable with `_FILE` behind it. A secret has no default: `serve` makes its own in the data
folder, see `make_secrets`.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from tempfile import mkstemp
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from service import logs

PREFIX = "GRADIENT_GRADER_"
SECRETS = ("SECRET_KEY", "TRIALS_SECRET")
FROM_FILES = (*SECRETS, "DATABASE_URL", "BROKER_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "METRICS_TOKEN")
OF_OTHERS = ("TOKEN", "PORT", "BIND")  # the command line's, and what Compose reads itself
OF_ORCHESTRATORS = ("SERVICE_", "PORT_")  # what Kubernetes tells of a service that is called gradient-grader
FOLDER_BROKER = "folder"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
BROKERS = (FOLDER_BROKER, "redis://", "rediss://", "redis+socket://")


class ConfigurationError(ValueError):
    """A setting that is missing or cannot be used; the message names the variable and says what it takes."""


@dataclass(frozen=True)
class Configuration:
    """The service's settings. `broker_url` is a Redis address, or "folder": messages are then files in `data_dir`.
    People sign in at the OpenID Connect provider `oidc_issuer`, if there is one, by a button with `oidc_name` on it.
    A `trusted_proxy` is the address of the web server in front, or "*": whose word on the reader's address counts.
    Whoever has the `metrics_token` may read the metrics; without one nobody may. `log` is one of `logs.FORMS`."""

    data_dir: Path
    secret_key: str = field(repr=False)
    trials_secret: str = field(repr=False)
    database_url: str = field(repr=False)
    broker_url: str = field(default=FOLDER_BROKER, repr=False)
    public_url: str = "http://127.0.0.1:8000"
    threads: int = 64
    lease_seconds: float = 60.0
    sweep_seconds: float = 10.0
    requests_per_minute: int = 600
    hand_ins_per_minute: int = 60
    trusted_proxy: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_name: str = "OpenID Connect"
    passback_seconds: float = 15.0
    lti_allow_private: bool = False
    wall_seconds: float = 5
    cpu_seconds: int = 5
    memory_mib: int = 600
    output_kib: int = 16
    metrics_token: str = field(default="", repr=False)
    log: str = logs.TEXT
    unsafe_no_sandbox: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Configuration:
        """The settings in `environ`; raises ConfigurationError for the first that is missing, wrong or unknown."""
        _known(environ)
        data_dir = Path(environ.get(f"{PREFIX}DATA_DIR") or "instance").absolute()
        if data_dir.exists() and not data_dir.is_dir():
            raise ConfigurationError(f"{PREFIX}DATA_DIR: {data_dir} is not a folder.")
        wall = _number(environ, "WALL_SECONDS", cls.wall_seconds, least=0.1, most=20)  # within a lease, see `Grader`
        return cls(
            data_dir=data_dir,
            secret_key=_secret(environ, "SECRET_KEY"),
            trials_secret=_secret(environ, "TRIALS_SECRET"),
            database_url=_database(_given(environ, "DATABASE_URL") or f"sqlite:///{data_dir}/grader.sqlite"),
            broker_url=_broker(_given(environ, "BROKER_URL") or FOLDER_BROKER),
            public_url=_public(environ.get(f"{PREFIX}PUBLIC_URL") or cls.public_url),
            threads=_whole(environ, "THREADS", cls.threads, least=4, most=100),
            lease_seconds=_number(environ, "LEASE_SECONDS", cls.lease_seconds, least=wall + 1),
            sweep_seconds=_number(environ, "SWEEP_SECONDS", cls.sweep_seconds, least=0.1),
            requests_per_minute=_whole(environ, "REQUESTS_PER_MINUTE", cls.requests_per_minute, least=1),
            hand_ins_per_minute=_whole(environ, "HAND_INS_PER_MINUTE", cls.hand_ins_per_minute, least=1),
            trusted_proxy=_proxy(environ.get(f"{PREFIX}TRUSTED_PROXY", "")),
            **_provider(environ),
            passback_seconds=_number(environ, "PASSBACK_SECONDS", cls.passback_seconds, least=0.1),
            lti_allow_private=_flag(environ, "LTI_ALLOW_PRIVATE"),
            wall_seconds=wall,
            cpu_seconds=_whole(environ, "CPU_SECONDS", cls.cpu_seconds, least=1, most=20),
            memory_mib=_whole(environ, "MEMORY_MIB", cls.memory_mib, least=200, most=4096),
            output_kib=_whole(environ, "OUTPUT_KIB", cls.output_kib, least=1, most=64),
            metrics_token=_secret(environ, "METRICS_TOKEN") if _given(environ, "METRICS_TOKEN") else "",
            log=_one_of(environ, "LOG", logs.FORMS),
            unsafe_no_sandbox=_flag(environ, "UNSAFE_NO_SANDBOX"),
        )

    def to_environment(self) -> dict[str, str]:
        """What a process of ours needs in its environment to be configured alike."""
        values = {f"{PREFIX}{item.name.upper()}": getattr(self, item.name) for item in fields(self)}
        return {name: str(int(value) if isinstance(value, bool) else value) for name, value in values.items()}

    @property
    def queue_dir(self) -> Path:
        """Where messages lie when the broker is a folder."""
        return self.data_dir / "queue"

    @property
    def done_bell(self) -> Path:
        """What a worker rings when a submission is done."""
        return self.data_dir / "done"


def settings() -> Configuration:
    """The current application's settings."""
    from flask import current_app  # here: a worker has settings too, and no application

    found: Configuration = current_app.extensions["gradient_grader"]
    return found


def make_secrets(folder: Path, known: Mapping[str, str] | None = None) -> dict[str, str]:
    """Makes the secrets that are not in `folder` yet, readable by their owner only, those that are `known` (by their
    names in small letters) as they are; answers the variables that point at them."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    paths = {}
    for name in SECRETS:
        path = folder / name.lower()
        if not path.exists():
            new = written_beside(path, (known or {}).get(name.lower()) or secrets.token_urlsafe(48))
            try:
                os.link(new, path)
                new.unlink()
            except FileExistsError:  # another process was first: its secret is the one
                new.unlink()
            except OSError:  # no links on this file system
                new.replace(path)
        paths[f"{PREFIX}{name}_FILE"] = str(path)
    return paths


def make_folder(folder: Path, address: str | None = None) -> dict[str, str]:
    """Makes what `serve` keeps in its folder and is not there yet: secrets (see `make_secrets`) and the `address` that
    it was last reached at; answers the variables that say these."""
    made = make_secrets(folder)
    noted = folder / "address"
    if address is not None:
        noted.write_text(f"{address}\n", encoding="utf-8")
    if noted.exists():
        made[f"{PREFIX}PUBLIC_URL"] = noted.read_text(encoding="utf-8").strip()
    return made


def put_secrets(configuration: Configuration, known: Mapping[str, str]) -> bool:
    """Puts `known` secrets (by their names in small letters) in the place of those in the data folder; False, and
    nothing is changed, where the configuration is not from there."""
    paths = {name.lower(): configuration.data_dir / name.lower() for name in SECRETS}
    for name, path in paths.items():
        if not path.exists() or path.read_text(encoding="utf-8").strip() != getattr(configuration, name):
            return False
    for name, path in paths.items():
        new, old = written_beside(path, known[name]), path.stat()
        if os.geteuid() == 0:  # who may put back for others: those who read it stay the same
            os.chown(new, old.st_uid, old.st_gid)
        new.replace(path)
    return True


def written_beside(path: Path, text: str, mode: int = 0o600) -> Path:
    """A new file that holds the text, to be put at `path` in one step: never half written there, whatever dies, and
    never readable by more than `mode` says."""
    descriptor, new = mkstemp(prefix=f"{path.name}.", dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
        os.fchmod(file.fileno(), mode)
    return Path(new)


def _known(environ: Mapping[str, str]) -> None:
    """Refuses a variable that would have no effect, as one that is misspelt."""
    settings = [item.name.upper() for item in fields(Configuration)]
    known = [*settings, *(f"{name}_FILE" for name in FROM_FILES), *OF_OTHERS]
    given = sorted(name.removeprefix(PREFIX) for name in environ if name.startswith(PREFIX))
    for name in (name for name in given if name not in known and not name.startswith(OF_ORCHESTRATORS)):
        alike = get_close_matches(name, known, 1)
        meant = f" Did you mean {PREFIX}{alike[0]}?" if alike else ""
        raise ConfigurationError(f"{PREFIX}{name} is no setting of this version.{meant}")


def _given(environ: Mapping[str, str], name: str) -> str:
    variable = PREFIX + name
    value, path = environ.get(variable, ""), environ.get(f"{variable}_FILE")
    if value or not path:
        return value
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{variable}_FILE: {path} cannot be read: {error}") from None


def _secret(environ: Mapping[str, str], name: str) -> str:
    variable, value = PREFIX + name, _given(environ, name)
    if not value:
        raise ConfigurationError(
            f"{variable} is not set. Give it, or in {variable}_FILE the path of a file that holds it: "
            "a random text of 32 characters or more, the same for every process."
        )
    if len(value) < 32:
        raise ConfigurationError(f"{variable} is shorter than 32 characters.")
    return value


def _database(url: str) -> str:
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError:
        backend = ""
    if backend not in ("sqlite", "postgresql"):
        raise ConfigurationError(
            f"{PREFIX}DATABASE_URL is not an address of SQLite (sqlite:///PATH) "
            "or PostgreSQL (postgresql+psycopg://USER:PASSWORD@HOST/NAME)."
        )
    return url


def _broker(url: str) -> str:
    if not url.startswith(BROKERS):
        raise ConfigurationError(f"{PREFIX}BROKER_URL is neither a Redis address (redis://HOST:6379/0) nor 'folder'.")
    return url


def _public(url: str) -> str:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        whole = False
    if not whole:
        raise ConfigurationError(f"{PREFIX}PUBLIC_URL is not an address that starts with http:// or https://.")
    return url.rstrip("/")


def is_safe(url: str) -> bool:
    """Whether what is sent to this address can be read by nobody else: https, or this machine itself."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))


def _provider(environ: Mapping[str, str]) -> dict[str, str]:
    issuer, name = environ.get(f"{PREFIX}OIDC_ISSUER", ""), environ.get(f"{PREFIX}OIDC_NAME", "")
    if not issuer:
        return {}
    if not is_safe(issuer):
        raise ConfigurationError(f"{PREFIX}OIDC_ISSUER is not an address that starts with https://.")
    given = {
        "oidc_client_id": _given(environ, "OIDC_CLIENT_ID"),
        "oidc_client_secret": _given(environ, "OIDC_CLIENT_SECRET"),
    }
    for field_name, value in given.items():
        if not value:
            raise ConfigurationError(f"{PREFIX}{field_name.upper()} is not set; with OIDC_ISSUER it is needed.")
    return {"oidc_issuer": issuer, **given, **({"oidc_name": name} if name else {})}


def _number(environ: Mapping[str, str], name: str, default: float, least: float, most: float = 86_400) -> float:
    text = environ.get(PREFIX + name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise ConfigurationError(f"{PREFIX}{name} is {text!r}; it takes a number from {least:g} to {most:.0f}.")
    return value


def _whole(environ: Mapping[str, str], name: str, default: int, least: int, most: int = 86_400) -> int:
    value = _number(environ, name, default, least, most)
    if value != int(value):
        raise ConfigurationError(f"{PREFIX}{name} is {value:g}; it takes a whole number.")
    return int(value)


def _proxy(address: str) -> str:
    try:
        return address if address in ("", "*") else str(ipaddress.ip_address(address))
    except ValueError:
        raise ConfigurationError(
            f"{PREFIX}TRUSTED_PROXY is {address!r}; it takes the address of the web server in front, as 10.0.0.5, or *."
        ) from None


def _one_of(environ: Mapping[str, str], name: str, known: Sequence[str]) -> str:
    text = environ.get(PREFIX + name) or known[0]
    if text not in known:
        raise ConfigurationError(f"{PREFIX}{name} is {text!r}; it takes {' or '.join(known)}.")
    return text


def _flag(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(PREFIX + name, "").lower()
    if text not in ("", "0", "1", "false", "true"):
        raise ConfigurationError(f"{PREFIX}{name} is {text!r}; it takes 0 or 1.")
    return text in ("1", "true")
