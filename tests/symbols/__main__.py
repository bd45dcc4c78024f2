"""How the judge of symbols does: `python -m tests.symbols` prints the table that docs/symbols.md keeps. With
`--points`, the shipped judge's rows alone."""

import sys

from tests.symbols.table import print_refusals, print_table

if __name__ == "__main__":
    print_table(only_points="--points" in sys.argv)
    print_refusals()
