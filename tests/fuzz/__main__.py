"""`python -m tests.fuzz [--seconds 600] [--seed N] [DOOR…]`: so long in all, an equal part for each door."""

import argparse
import random
import sys
import traceback

from tests.fuzz.doors import doors, for_seconds

if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("doors", nargs="*")
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    given = arguments.parse_args()
    chosen = [door for door in doors() if door.name in given.doors or not given.doors]
    print(f"seed {given.seed}", flush=True)
    found = 0
    for door in chosen:
        try:
            thrown = for_seconds(door, given.seconds / len(chosen), random.Random(given.seed))
            print(f"{door.name:<12} {thrown} thrown, nothing came out", flush=True)
        except Exception:
            found += 1
            print(f"{door.name}: ", flush=True)
            traceback.print_exc()
    sys.exit(found > 0)
