"""Started as `python -I -S __main__.py NUMPY_FOLDER MODULE …` by `grader.sandbox.processes`.

`-S` leaves out site-packages with its start-up hooks; the folder that holds NumPy is put at the end of the path,
and the one that holds this package is there just long enough to import it.
"""

import sys
from importlib import import_module
from pathlib import Path

numpy_folder, mode, *rest = sys.argv[1:]
sys.path.append(numpy_folder)
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
started = import_module(f"inside.{mode}")
del sys.path[0]
started.serve(*rest)
