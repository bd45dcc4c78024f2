"""All attacks, by kind."""

from tests.attacks import (
    bombs,
    conversation,
    files,
    forgeries,
    kernel,
    network,
    processes,
    resources,
    secrets_of_others,
    tampering,
)

KINDS = {
    "files": files.ATTACKS,
    "network": network.ATTACKS,
    "processes": processes.ATTACKS,
    "kernel": kernel.ATTACKS,
    "resources": resources.ATTACKS,
    "forgeries": forgeries.ATTACKS,
    "conversation": conversation.ATTACKS,
    "tampering": tampering.ATTACKS,
    "secrets": secrets_of_others.ATTACKS,
    "bombs": bombs.ATTACKS,
}
ATTACKS = {attack.name: attack for attacks in KINDS.values() for attack in attacks}
assert len(ATTACKS) == sum(map(len, KINDS.values())), "two attacks have one name"
