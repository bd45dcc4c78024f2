"""All attacks made: with every layer, without each, and by each alone where another stands before it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from tests import ordinary
from tests.attacks.layers import LAYERS, Layer, not_here
from tests.attacks.scene import Scene, heir
from tests.attacks.suite import ATTACKS, KINDS


@dataclass
class Row:
    """`through` are the attacks that pass where just this layer is off, None where only the layer's own was made;
    `seen` is what that one does where the layers before it are off as well, nothing where it is stopped; `stopped`: by
    this layer alone it is."""

    layer: str
    through: list[str] | None = None
    seen: str = ""
    stopped: bool = True


@dataclass
class Measured:
    """`user` made so many attacks with every layer on; `through` passed, `astray` ended otherwise than they must."""

    user: str
    made: int
    through: list[str]
    astray: list[str]
    rows: list[Row]


def shown(scene: Scene, layer: Layer) -> Row:
    """The layer's own attack, without and with it. Without it the attack may miss its moment on a busy machine: it is
    tried up to three times."""
    attack, row = ATTACKS[layer.shown_by], Row(layer.name)
    for _ in range(3):
        row.seen = row.seen or "; ".join(scene.without(layer.name, *layer.behind).attack(attack)[1].values())
    if layer.behind:
        row.stopped = not scene.without(*layer.behind).attack(attack)[1]
    return row


def passing(scene: Scene, *off: str) -> list[str]:
    """The attacks that pass without the layers `off`; without the filter, only those that hurt nobody."""
    if not scene.without(*off).works():
        return []  # it fails closed
    made = [attack for attack in ATTACKS.values() if not (attack.locked_only and "seccomp" in off)]
    return [attack.name for attack in made if scene.attack(attack)[1]]


def measure(layers: Iterable[Layer], everything: bool, each: bool) -> Measured:
    """As the user that this process runs as. `everything`: all attacks with every layer on; `each`: all of them also
    without each of `layers`."""
    user = "root" if os.getuid() == 0 else "an ordinary user"
    made = list(ATTACKS.values()) if everything else []
    told = Measured(user, len(made), [], [], [])
    with heir(), Scene() as scene:
        for attack in made:
            outcome, seen = scene.attack(attack)
            told.through += [attack.name] if seen else []
            if not attack.worker_is_killed and (outcome is None or not attack.ends(outcome)):
                told.astray.append(attack.name)
        for layer in layers:
            row = shown(scene, layer)
            row.through = passing(scene, layer.name) if each else None
            told.rows.append(row)
            print(f"{user}: without {layer.name}: {row.seen}", file=sys.stderr, flush=True)
    return told


def measure_as_ordinary_user(layers: Iterable[Layer], *options: str) -> Measured | None:
    """The same by a user without any capability; None where there is no Python for one."""
    with ordinary.python() as somebody:
        if somebody is None:
            return None
        folder, python = somebody
        names = "|".join(layer.name for layer in layers)
        command = [*python, "-m", "tests.attacks", "--layers", names, *options]
        output = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True).stdout
    told = json.loads(output)
    return Measured(**{**told, "rows": [Row(**row) for row in told["rows"]]})


def holds(told: Measured) -> bool:
    """Whether nothing passed that should not, and every layer was shown its worth that can be."""
    shown = all((row.seen and row.stopped) or row.layer in not_here() for row in told.rows)
    return shown and not told.through and not told.astray


def counted() -> str:
    """How many attacks there are of each kind."""
    return f"{len(ATTACKS)} attacks: " + ", ".join(f"{kind} {len(attacks)}" for kind, attacks in KINDS.items()) + "."


def table(measured: list[Measured]) -> str:
    """In Markdown. A layer that root could undo is shown by the ordinary user."""
    lines = [counted()]
    for told in measured:
        lines.append(f"With every layer, as {told.user}: {len(told.through)} of {told.made} pass.")
    lines += ["", "| without | prevents | pass | of them | seen from outside |", "|---|---|---|---|---|"]
    rows = {row.layer: row for told in measured for row in told.rows}
    for layer in LAYERS:
        row = rows.get(layer.name, Row(layer.name, seen="not shown: root can undo it"))
        behind = f" ({', '.join(layer.behind)} off as well)" if layer.behind else ""
        through = "" if row.through is None else len(row.through)
        seen = row.seen or f"not shown: {not_here().get(layer.name, 'it is stopped even so')}"
        lines.append(f"| {layer.name} | {layer.prevents} | {through} | {layer.shown_by}{behind} | {seen} |")
    return "\n".join(lines)
