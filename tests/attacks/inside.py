"""Starts the inside as `grader/sandbox/inside/__main__.py` does, with some of its layers taken away.

`python -I -S inside.py NUMPY_FOLDER FOLDER_OF_INSIDE LAYERS zygote PARENT`, LAYERS being names with a bar in between.
"""

import os
import sys

numpy_folder, folder, layers, mode, *rest = sys.argv[1:]
sys.path.append(numpy_folder)
sys.path.insert(0, folder)
from inside import lock, zygote  # noqa: E402  found only now

del sys.path[0]


def keep_all_descriptors(last: int) -> None:
    if last != lock.LAST:
        os.dup2(last, lock.LAST)


for layer in filter(None, layers.split("|")):
    if layer == "no other descriptors":
        lock.keep_only = keep_all_descriptors
    else:
        del lock.LAYERS[layer]
if mode != "zygote":
    raise SystemExit(f"no such part: {mode}")
zygote.serve(*rest)
