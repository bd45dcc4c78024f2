"""The command; its options are told at the head of the package."""

import argparse
import os
import sys
from pathlib import Path

from tests import ordinary
from tests.attacks import measure
from tests.attacks.layers import LAYERS

DOCUMENT = Path(__file__).parents[2] / "docs" / "sandbox.md"
MARKS = ("<!-- python -m tests.attacks --write -->\n", "\n<!-- end -->")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks")
    parser.add_argument("--all-on", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--everything", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--each", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--layers", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.json:
        names = given.layers.split("|")
        layers = [layer for layer in LAYERS if layer.name in names]
        print(measure.as_json(measure.measure(layers, given.everything, given.each)))
        return 0
    root = os.getuid() == 0
    layers = [layer for layer in LAYERS if not (given.all_on or (root and layer.ordinary))]
    measured = [measure.measure(layers, everything=True, each=not given.all_on)]
    if root and ordinary.POSSIBLE:
        others = [layer for layer in LAYERS if layer.ordinary and not given.all_on]
        told = measure.measure_as_ordinary_user(others, "--everything", *([] if given.all_on else ["--each"]))
        measured += [told] if told else []
    for told in measured:
        for name in told.through:
            print(f"as {told.user} with every layer passes: {name}", file=sys.stderr)
        for name in told.astray:
            print(f"as {told.user} ends otherwise than it must: {name}", file=sys.stderr)
    text = (
        measure.table(measured)
        if not given.all_on
        else "\n".join(f"as {told.user}: {len(told.through)} of {told.made} attacks pass" for told in measured)
    )
    print(text)
    if given.write:
        before, _, after = DOCUMENT.read_text("utf-8").partition(MARKS[0])
        DOCUMENT.write_text(before + MARKS[0] + "\n" + text + "\n" + MARKS[1] + after.partition(MARKS[1])[2], "utf-8")
    return 0 if all(map(measure.holds, measured)) else 1


if __name__ == "__main__":
    sys.exit(main())
