"""What this project promises of its speed, measured beside what could be used instead, in one run:

    python -m tests.benchmarks [SUBJECT…] [--quick] [--write]

Nothing here is a test: machines are noisy, and only ratios within one run compare. All in float64 and with one thread
for linear algebra, here and in every process that is started: so much is settled before anything is imported.
"""

import os

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
