"""Python as an ordinary user without any capability, for tests that run as root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
          "env", "-i"]  # fmt: skip
POSSIBLE = os.getuid() == 0 and shutil.which("setpriv") is not None


@contextmanager
def python() -> Iterator[tuple[Path, list[str]] | None]:
    """A folder that anybody can read, and the start of a command that runs Python there with what the sandbox needs;
    None where no Python of this version can be started by another user.

    The folder holds a program that becomes root: `touch`, for who may still gain privileges.
    """
    pythons = [sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"]  # ours may lie where others cannot read
    usable = [p for p in pythons if not subprocess.run([*NOBODY, p, "-c", ""], capture_output=True, cwd="/").returncode]
    if not usable:
        yield None
        return
    installed = Path(np.__file__).parents[1]
    packages = ("numpy", "numpy.libs", "ruamel", "mpmath", "rich", "pygments")
    needed = [ROOT / "grader", *(installed / name for name in packages)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for source in filter(Path.exists, needed):
            shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"))
        for source in (ROOT / "tests").rglob("*.py"):
            (folder / source.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / source.relative_to(ROOT))
        shutil.copy(shutil.which("touch") or "/bin/touch", folder / "touch")
        (folder / "touch").chmod(0o4755)
        environment = [f"PYTHONPATH={folder}", "PYTHONDONTWRITEBYTECODE=1", f"ATTACKS_SETUID={folder / 'touch'}"]
        yield folder, [*NOBODY, *environment, usable[0]]
