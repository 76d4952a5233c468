"""Hostile and broken submissions to the exercises of chapter 2, with the points each may earn.

They attack the project's own sandbox, to test whether its isolation holds:

    with Canary() as canary:                                  # before the sandboxes open
        path = attack.write(folder, honest, canary.known())
        ...                                                   # grade it, between two honest ones
        found = attack.differences(result) + canary.breaches()     # [] if the attack has failed

They are harmless even if they succeed: they leave empty files named /tmp/lossbook-breach-*, send
signal 0 or signals to a process that only sleeps for them, and call no host but this one.
"""

from tests.attacks import (
    accidents,
    escaping,
    forging,
    frames,
    kernel,
    malformed,
    reading,
)
from tests.attacks.attack import DEFENCES, EXERCISES, Attack, sentences
from tests.attacks.canary import Canary

ATTACKS = (
    *accidents.ATTACKS,
    *forging.ATTACKS,
    *frames.ATTACKS,
    *reading.ATTACKS,
    *escaping.ATTACKS,
    *kernel.ATTACKS,
    *malformed.ATTACKS,
)
FAMILIES = tuple(dict.fromkeys(attack.family for attack in ATTACKS))

__all__ = ["ATTACKS", "DEFENCES", "EXERCISES", "FAMILIES", "Attack", "Canary", "sentences"]
