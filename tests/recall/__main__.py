"""How many of the generated mistakes are named: `python -m tests.recall` prints the table that docs/recall.md keeps."""

import sys
from pathlib import Path

from tests.recall import table

if __name__ == "__main__":
    text = table.printed(pairs=200 if len(sys.argv) < 2 else int(sys.argv[1]))
    print(text)
    if len(sys.argv) < 2:
        (Path(__file__).parents[2] / "docs" / "recall.md").write_text(text + "\n", "utf-8")
