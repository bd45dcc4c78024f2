"""What is vendored is what its README says: the files with their sums, and a licence."""

import hashlib
import re
from pathlib import Path

import pytest

FOLDERS = sorted((Path(__file__).parents[2] / "service" / "static" / "vendor").iterdir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_vendored_files_are_unchanged_and_come_with_their_licence(folder: Path) -> None:
    read_me = (folder / "README.md").read_text("utf-8")
    assert re.match(r"# .+ \d+\.\d+\.\d+\n", read_me)
    assert (folder / "LICENSE").exists()
    sums = re.findall(r"^    ([0-9a-f]{64})  (\S+)$", read_me, re.MULTILINE)
    assert {name for _, name in sums} == {file.name for file in folder.iterdir() if file.suffix in (".js", ".css")}
    for sum_, name in sums:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sum_
