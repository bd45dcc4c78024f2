"""Settings are read once, and a wrong one is told by its name."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.command import processes
from service.configuration import PREFIX, Configuration, ConfigurationError, make_secrets, put_secrets
from tests.service.conftest import PROJECT

SECRETS = {"GRADIENT_GRADER_SECRET_KEY": "k" * 32, "GRADIENT_GRADER_TRIALS_SECRET": "t" * 32}


def test_secrets_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    variables = make_secrets(tmp_path / "instance")
    first = Configuration.from_environment(variables)
    assert make_secrets(tmp_path / "instance") == variables
    assert Configuration.from_environment(variables) == first
    assert first.secret_key != first.trials_secret
    for path in variables.values():
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600


def test_the_containers_secrets_are_made_once_and_for_those_who_need_them(tmp_path: Path) -> None:
    def make() -> dict[str, str]:
        made = CliRunner().invoke(processes, ["secrets", str(tmp_path), "--for-containers"])
        assert made.exit_code == 0, made.output
        kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
        assert not any(secret.strip() in made.output for secret in kept.values())
        return kept

    kept = make()
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {
        "secret_key": 0o600,
        "trials_secret": 0o600,
        "database_password": 0o440,  # read by postgres, too
        "broker_password": 0o440,  # and these by redis
        "redis.conf": 0o440,
        "database_url": 0o400,
        "broker_url": 0o400,
    }
    database, broker = kept["database_password"].strip(), kept["broker_password"].strip()
    assert len({database, broker, kept["secret_key"].strip(), kept["trials_secret"].strip()}) == 4
    assert min(len(database), len(broker)) >= 48
    assert kept["redis.conf"] == f"requirepass {broker}\n"
    variables = ("SECRET_KEY", "TRIALS_SECRET", "DATABASE_URL", "BROKER_URL")
    given = {f"GRADIENT_GRADER_{name}_FILE": str(tmp_path / name.lower()) for name in variables}
    configuration = Configuration.from_environment(given)
    assert configuration.database_url == f"postgresql+psycopg://grader:{database}@postgres/grader"
    assert configuration.broker_url == f"redis://:{broker}@redis:6379/0"
    (tmp_path / "database_url").unlink()
    assert make() == kept


def test_a_process_that_dies_while_secrets_are_made_leaves_none_that_is_empty(tmp_path: Path) -> None:
    killed = "import os, signal; os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
    make = f"import pathlib, service.configuration as c; c.make_secrets(pathlib.Path({str(tmp_path)!r}))"
    done = subprocess.run([sys.executable, "-c", killed + make], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "secret_key").exists()
    Configuration.from_environment(make_secrets(tmp_path))


def test_processes_that_start_at_the_same_time_have_the_same_secrets(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: Configuration.from_environment(make_secrets(tmp_path)), range(8)))
    assert len(set(told)) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret_key", "trials_secret"]


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    configuration = Configuration.from_environment({**SECRETS, "GRADIENT_GRADER_BROKER_URL": "redis://:hush@there/0"})
    assert "kkk" not in repr(configuration)
    assert "ttt" not in repr(configuration)
    assert "hush" not in repr(configuration)


def test_what_an_orchestrator_says_of_a_service_called_so_is_no_setting() -> None:
    said = {"GRADIENT_GRADER_SERVICE_HOST": "10.0.0.1", "GRADIENT_GRADER_PORT_8000_TCP": "tcp://10.0.0.1:8000"}
    assert Configuration.from_environment({**SECRETS, **said}) == Configuration.from_environment(SECRETS)


def test_secrets_that_are_put_back_stay_readable_for_those_who_read_them(tmp_path: Path) -> None:
    configuration = Configuration.from_environment(
        {**make_secrets(tmp_path), "GRADIENT_GRADER_DATA_DIR": str(tmp_path)}
    )
    owner = os.geteuid() or 65534  # only root may write for others
    for path in tmp_path.iterdir():
        os.chown(path, owner, -1)
    assert put_secrets(configuration, {"secret_key": "k" * 32, "trials_secret": "t" * 32})
    for path in tmp_path.iterdir():
        assert (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) == (owner, 0o600)


def test_a_process_is_configured_alike_by_the_environment(tmp_path: Path) -> None:
    given = {**SECRETS, "GRADIENT_GRADER_DATA_DIR": str(tmp_path), "GRADIENT_GRADER_UNSAFE_NO_SANDBOX": "1"}
    configuration = Configuration.from_environment(given)
    assert configuration.unsafe_no_sandbox
    assert Configuration.from_environment(configuration.to_environment()) == configuration


def test_an_address_with_a_password_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "database_url"
    path.write_text("postgresql+psycopg://grader:hush@postgres/grader\n")
    configuration = Configuration.from_environment({**SECRETS, "GRADIENT_GRADER_DATABASE_URL_FILE": str(path)})
    assert configuration.database_url == "postgresql+psycopg://grader:hush@postgres/grader"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"GRADIENT_GRADER_SECRET_KEY": ""}, "GRADIENT_GRADER_SECRET_KEY is not set"),
        ({"GRADIENT_GRADER_TRIALS_SECRET": "short"}, "GRADIENT_GRADER_TRIALS_SECRET is shorter"),
        ({"GRADIENT_GRADER_SECRET_KEY": "", "GRADIENT_GRADER_SECRET_KEY_FILE": "/nowhere"}, "cannot be read"),
        ({"GRADIENT_GRADER_DATABASE_URL": "mysql://there/grader"}, "GRADIENT_GRADER_DATABASE_URL"),
        ({"GRADIENT_GRADER_DATABASE_URL": "grader"}, "GRADIENT_GRADER_DATABASE_URL"),
        ({"GRADIENT_GRADER_BROKER_URL": "amqp://there"}, "GRADIENT_GRADER_BROKER_URL"),
        ({"GRADIENT_GRADER_PUBLIC_URL": "there"}, "GRADIENT_GRADER_PUBLIC_URL"),
        ({"GRADIENT_GRADER_THREADS": "many"}, "GRADIENT_GRADER_THREADS"),
        ({"GRADIENT_GRADER_THREADS": "nan"}, "GRADIENT_GRADER_THREADS"),
        ({"GRADIENT_GRADER_LEASE_SECONDS": "0"}, "GRADIENT_GRADER_LEASE_SECONDS"),
        (
            {"GRADIENT_GRADER_LEASE_SECONDS": "20", "GRADIENT_GRADER_WALL_SECONDS": "20"},
            "GRADIENT_GRADER_LEASE_SECONDS is '20'; it takes a number from 21",
        ),
        ({"GRADIENT_GRADER_WALL_SECONDS": "3600"}, "GRADIENT_GRADER_WALL_SECONDS is '3600'; .* from 0.1 to 20"),
        ({"GRADIENT_GRADER_CPU_SECONDS": "0"}, "GRADIENT_GRADER_CPU_SECONDS"),
        ({"GRADIENT_GRADER_MEMORY_MIB": "64"}, "GRADIENT_GRADER_MEMORY_MIB"),
        ({"GRADIENT_GRADER_OUTPUT_KIB": "1024"}, "GRADIENT_GRADER_OUTPUT_KIB"),
        ({"GRADIENT_GRADER_UNSAFE_NO_SANDBOX": "perhaps"}, "GRADIENT_GRADER_UNSAFE_NO_SANDBOX"),
        ({"GRADIENT_GRADER_DATA_DIR": __file__}, "GRADIENT_GRADER_DATA_DIR"),
        ({"GRADIENT_GRADER_PUBLIC_URL": "http://"}, "GRADIENT_GRADER_PUBLIC_URL"),
        ({"GRADIENT_GRADER_PUBLIC_URL": "http://there:port"}, "GRADIENT_GRADER_PUBLIC_URL"),
        ({"GRADIENT_GRADER_PUBLIC_URL": "ftp://there"}, "GRADIENT_GRADER_PUBLIC_URL"),
        ({"GRADIENT_GRADER_THREADS": "8.5"}, "GRADIENT_GRADER_THREADS is 8.5; it takes a whole number"),
        ({"GRADIENT_GRADER_THREADS": "3"}, "GRADIENT_GRADER_THREADS"),
        ({"GRADIENT_GRADER_SWEEP_SECONDS": "never"}, "GRADIENT_GRADER_SWEEP_SECONDS"),
        ({"GRADIENT_GRADER_PASSBACK_SECONDS": "1e9"}, "GRADIENT_GRADER_PASSBACK_SECONDS"),
        ({"GRADIENT_GRADER_REQUESTS_PER_MINUTE": "0"}, "GRADIENT_GRADER_REQUESTS_PER_MINUTE"),
        ({"GRADIENT_GRADER_HAND_INS_PER_MINUTE": "-1"}, "GRADIENT_GRADER_HAND_INS_PER_MINUTE"),
        ({"GRADIENT_GRADER_TRUSTED_PROXY": "the proxy"}, "GRADIENT_GRADER_TRUSTED_PROXY"),
        ({"GRADIENT_GRADER_OIDC_ISSUER": "http://provider.example.org"}, "GRADIENT_GRADER_OIDC_ISSUER"),
        ({"GRADIENT_GRADER_OIDC_ISSUER": "https://there"}, "GRADIENT_GRADER_OIDC_CLIENT_ID is not set"),
        (
            {"GRADIENT_GRADER_OIDC_ISSUER": "https://there", "GRADIENT_GRADER_OIDC_CLIENT_ID": "us"},
            "GRADIENT_GRADER_OIDC_CLIENT_SECRET is not set",
        ),
        ({"GRADIENT_GRADER_LTI_ALLOW_PRIVATE": "2"}, "GRADIENT_GRADER_LTI_ALLOW_PRIVATE"),
        ({"GRADIENT_GRADER_METRICS_TOKEN": "guess"}, "GRADIENT_GRADER_METRICS_TOKEN is shorter"),
        (
            {"GRADIENT_GRADER_THREAD": "8"},
            "GRADIENT_GRADER_THREAD is no setting.* Did you mean GRADIENT_GRADER_THREADS?",
        ),
        ({"GRADIENT_GRADER_THREADS_FILE": "8"}, "GRADIENT_GRADER_THREADS_FILE is no setting"),
        ({"GRADIENT_GRADER_COLOUR_OF_THE_PAGE": "red"}, "GRADIENT_GRADER_COLOUR_OF_THE_PAGE is no setting .*version.$"),
        ({"GRADIENT_GRADER_LOG": "xml"}, "GRADIENT_GRADER_LOG is 'xml'; it takes text or json"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name(wrong: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Configuration.from_environment({**SECRETS, **wrong})


OPERATIONS = (PROJECT / "docs" / "operations.md").read_text("utf-8")
COMPOSE = (PROJECT / "docker-compose.yml").read_text("utf-8")
ROWS = {  # of the table: marks and default, by variable
    name: (marks.split(), default)
    for name, marks, default in re.findall(r"^\| `(GRADIENT_GRADER_\w+)`([ *†]*) \| (.*?) \|", OPERATIONS, re.MULTILINE)
}
ONLY_IN_COMPOSE = {"GRADIENT_GRADER_PORT", "GRADIENT_GRADER_BIND"}


def test_the_table_of_settings_is_that_of_the_configuration() -> None:
    assert set(ROWS) - ONLY_IN_COMPOSE == {PREFIX + item.name.upper() for item in fields(Configuration)}


@pytest.mark.parametrize("item", fields(Configuration), ids=lambda item: item.name)
def test_the_table_tells_the_default_and_whether_it_may_stand_in_a_file(item: Field[Any]) -> None:
    variable = PREFIX + item.name.upper()
    marks, default = ROWS[variable]
    if item.default is not MISSING:
        value = int(item.default) if isinstance(item.default, bool) else item.default
        assert default == (f"`{value:g}`" if isinstance(value, (int, float)) else f"`{value}`" if value else "none")
    provider = {"GRADIENT_GRADER_OIDC_ISSUER": "https://there"}
    provider |= {f"GRADIENT_GRADER_OIDC_CLIENT_{part}": "us" for part in ("ID", "SECRET")}
    given = {**SECRETS, **provider, f"{variable}_FILE": "/nowhere/at/all"}
    given.pop(variable, None) if variable != "GRADIENT_GRADER_OIDC_ISSUER" else None
    told = "_FILE: /nowhere/at/all cannot be read" if "*" in marks else "_FILE is no setting"
    with pytest.raises(ConfigurationError, match=variable + told):
        Configuration.from_environment(given)


def test_what_may_stand_in_the_file_beside_compose_is_passed_on() -> None:
    passed = set(re.findall(r"^ +(GRADIENT_GRADER_\w+): .*\$\{\1", COMPOSE, re.MULTILINE))
    assert passed == {name for name, (marks, _) in ROWS.items() if "†" in marks}
    assert all(f"${{{name}" in COMPOSE for name in ONLY_IN_COMPOSE)


def test_what_compose_leaves_empty_has_its_default(tmp_path: Path) -> None:
    empty = {name: "" for name in ROWS if name not in SECRETS}
    assert Configuration.from_environment({**SECRETS, **empty}) == Configuration.from_environment(SECRETS)
