"""All attacks made: with every layer, without each, and by each alone where another stands before it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from tests import ordinary
from tests.attacks.layers import LAYERS, Layer
from tests.attacks.scene import Scene, heir
from tests.attacks.suite import ATTACKS, KINDS


@dataclass
class Row:
    """`through` are the attacks that pass where just this layer is off. `seen` is what the layer's own attack does
    where the layers before it are off as well, nothing where it is stopped; `stopped`: by this layer alone it is."""

    layer: str
    through: list[str] = field(default_factory=list)
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
    """The layer's own attack, without and with it."""
    attack, row = ATTACKS[layer.shown_by], Row(layer.name)
    row.seen = "; ".join(scene.without(layer.name, *layer.behind).attack(attack)[1].values())
    if layer.behind:
        row.stopped = not scene.without(*layer.behind).attack(attack)[1]
    return row


def passing(scene: Scene, *off: str) -> list[str]:
    """The attacks that pass without the layers `off`; without the filter, only those that hurt nobody."""
    scene.without(*off)
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
            row.through = passing(scene, layer.name) if each else []
            told.rows.append(row)
            print(f"{user}: without {layer.name}: {len(row.through)}; {row.seen}", file=sys.stderr, flush=True)
    return told


def measure_as_ordinary_user(layers: Iterable[Layer], *options: str) -> Measured | None:
    """The same by a user without any capability; None where there is no Python for one."""
    with ordinary.python() as somebody:
        if somebody is None:
            return None
        folder, python = somebody
        names = "|".join(layer.name for layer in layers)
        command = [*python, "-m", "tests.attacks", "--json", "--layers", names, *options]
        output = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True).stdout
    told = json.loads(output)
    return Measured(**{**told, "rows": [Row(**row) for row in told["rows"]]})


def as_json(told: Measured) -> str:
    return json.dumps(asdict(told))


def holds(told: Measured) -> bool:
    """Whether nothing passed that should not, and every layer was shown its worth."""
    return not told.through and not told.astray and all(row.seen and row.stopped for row in told.rows)


def table(measured: list[Measured]) -> str:
    """In Markdown. A layer that root could undo is shown by the ordinary user."""
    kinds = ", ".join(f"{len(attacks)} {kind}" for kind, attacks in KINDS.items())
    lines = [f"{len(ATTACKS)} attacks: {kinds}."]
    for told in measured:
        lines.append(f"With every layer, as {told.user}: {len(told.through)} of {told.made} pass.")
    lines += ["", "| without | prevents | pass | of them, for example | seen from outside |", "|---|---|---|---|---|"]
    rows = {row.layer: row for told in measured for row in told.rows}
    for layer in LAYERS:
        row = rows.get(layer.name)
        if row is None:
            lines.append(f"| {layer.name} | {layer.prevents} | | not shown here: needs an ordinary user | |")
            continue
        behind = "" if not layer.behind else f", {' and '.join(layer.behind)} being off as well"
        example = f"{layer.shown_by}{behind}" if row.seen else f"({layer.shown_by}: not here)"
        lines.append(f"| {layer.name} | {layer.prevents} | {len(row.through)} | {example} | {row.seen} |")
    return "\n".join(lines)
