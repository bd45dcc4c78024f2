"""The command; its options are told at the head of the package."""

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from tests import ordinary
from tests.attacks import measure
from tests.attacks.layers import LAYERS

DOCUMENT = Path(__file__).parents[2] / "docs" / "sandbox.md"
MARKS = ("<!-- python -m tests.attacks --write -->\n", "\n<!-- end -->")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--layers", help=argparse.SUPPRESS)  # just these, as JSON: what root asks of another user
    parser.add_argument("--layers-only", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.layers:
        layers = [layer for layer in LAYERS if layer.name in given.layers.split("|")]
        print(json.dumps(asdict(measure.measure(layers, not given.layers_only, not given.quick))))
        return 0
    root = os.getuid() == 0
    measured = [measure.measure([a for a in LAYERS if not (root and a.ordinary)], True, not given.quick)]
    if root and ordinary.POSSIBLE:
        others = [layer for layer in LAYERS if layer.ordinary]
        told = measure.measure_as_ordinary_user(others, *["--quick"] * given.quick)
        measured += [told] if told else []
    for told in measured:
        for name in told.through:
            print(f"as {told.user} with every layer passes: {name}", file=sys.stderr)
        for name in told.astray:
            print(f"as {told.user} ends otherwise than it must: {name}", file=sys.stderr)
    text = measure.table(measured)
    print(text)
    if given.write:
        before, _, after = DOCUMENT.read_text("utf-8").partition(MARKS[0])
        DOCUMENT.write_text(before + MARKS[0] + "\n" + text + "\n" + MARKS[1] + after.partition(MARKS[1])[2], "utf-8")
    return 0 if all(map(measure.holds, measured)) else 1


if __name__ == "__main__":
    sys.exit(main())
