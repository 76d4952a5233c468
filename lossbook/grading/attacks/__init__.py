"""Hostile and broken submissions to chapter 2's exercises, with what each of them may earn.

They attack our own grading room, so that a teacher sees whether the walls of this machine hold:

    with Bait() as bait:                                  # before the rooms open
        path = attack.hand_in(folder, honest, bait.known())
        ...                                               # grade it, between two honest ones
        found = attack.unlike(result) + bait.fallen()     # [] where all is well

They are harmless where a wall fails: they leave empty files named /tmp/lossbook-breach-*, send
signal 0 or signals to a process that only sleeps for them, and call no host but this one.
"""

from lossbook.grading.attacks import (
    accidents,
    escaping,
    forging,
    frames,
    kernel,
    malformed,
    reading,
)
from lossbook.grading.attacks.attack import EXERCISES, WALLS, Attack, sentences
from lossbook.grading.attacks.bait import Bait

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

__all__ = ["ATTACKS", "EXERCISES", "FAMILIES", "WALLS", "Attack", "Bait", "sentences"]
