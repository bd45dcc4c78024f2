"""Submissions that attack: each is stopped in the right way, and the next student notices nothing. And what each layer
is good for: without it an attack passes. `python -m tests.attacks` makes all of them without each layer."""

import os
from collections.abc import Iterator

import pytest

from grader.sandbox import Failed, Limits, Sandbox
from grader.sandbox.inside import lock
from tests import ordinary
from tests.attacks import measure
from tests.attacks.attack import Attack
from tests.attacks.layers import LAYERS, Layer, not_here
from tests.attacks.scene import Scene, heir
from tests.attacks.suite import ATTACKS, KINDS
from tests.grader.sandbox.jobs import script


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with heir(), Scene() as scene:
        yield scene


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=lambda attack: attack.name)
def test_an_attack_is_stopped_and_the_next_student_notices_nothing(scene: Scene, attack: Attack) -> None:
    outcome, seen = scene.without().attack(attack)
    assert seen == {}
    assert attack.worker_is_killed or (outcome is not None and attack.ends(outcome)), outcome


SHOWN_HERE = [layer for layer in LAYERS if not (layer.ordinary and os.getuid() == 0)]
"""Root can undo the others: the last test shows them to an ordinary user."""


@pytest.mark.parametrize("layer", SHOWN_HERE, ids=lambda layer: layer.name)
def test_without_a_layer_an_attack_passes(scene: Scene, layer: Layer) -> None:
    if layer.name in not_here():
        pytest.skip(not_here()[layer.name])
    row = measure.shown(scene, layer)
    assert row.seen, "the attack is stopped even so"
    assert row.stopped, "the layer alone does not stop it"


@pytest.mark.skipif(not ordinary.POSSIBLE, reason="only root can become somebody else")
def test_without_a_layer_that_root_can_undo_an_attack_of_an_ordinary_user_passes() -> None:
    layers = [layer for layer in LAYERS if layer.ordinary]
    told = measure.measure_as_ordinary_user(layers, "--quick", "--layers-only")
    if told is None:
        pytest.skip("no Python here that another user can start")
    assert len(told.rows) == len(layers)
    assert measure.holds(told), told.rows


def test_there_are_attacks_of_every_kind_and_the_layers_of_the_lock_are_all_shown() -> None:
    assert all(len(attacks) >= 15 for attacks in KINDS.values())
    assert len(ATTACKS) >= 150
    assert {layer.shown_by for layer in LAYERS} <= ATTACKS.keys()
    assert lock.LAYERS.keys() <= {layer.name for layer in LAYERS}


def test_computing_beyond_the_cpu_limit_is_told_as_such(sandbox: Sandbox) -> None:
    outcome = sandbox.run(script("dx = 1\nwhile True: pass"), Limits(wall_seconds=30, cpu_seconds=1))
    assert isinstance(outcome, Failed)
    assert (outcome.status, outcome.code) == ("timed_out", "cpu_time_exceeded")
