"""Submissions that attack the sandbox, as data, and who watches them from outside.

    python -m tests.attacks              all of them, then again with each layer of the sandbox taken away; the table
    python -m tests.attacks --quick      all of them with every layer, and without each layer only its own attack
    python -m tests.attacks --write      the table into docs/sandbox.md

The status is 0 where no attack passes with every layer there. As root, an ordinary user makes them as well.

An attack *passes* by an effect that is seen outside the process it runs in (`scene.py`, `traces.py`): a file, a connection, a
process that lives on, a secret in the reply, a worker or a next student who is hurt. Its own word counts only where
there is nothing else to see. Each is written so that it hurts nobody but its scene where it passes.

A layer is taken away by a start-up of its own (`inside.py`) and by replacing the worker's functions (`without.py`),
in processes of the tests; the product has no switch.
"""
