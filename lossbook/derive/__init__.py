"""Derivations that check themselves: what is typeset is what the machine has checked.

    from lossbook.derive import Derivation

An author writes plain LaTeX with reasons; every line is read (`syntax`, `constructs`), evaluated on
instances in certain numbers (`evaluate`), attacked (`falsify`), and shown with its mark (`page`).
In a notebook, ``%load_ext lossbook.derive`` adds the cell magics ``%%derive`` and ``%%attempt``.
"""

from lossbook.derive.attempt import Attempt, Exercise
from lossbook.derive.derivation import Derivation, FalseStep
from lossbook.derive.magics import load_ipython_extension
from lossbook.derive.syntax.declarations import Setting
from lossbook.derive.syntax.spelling import CannotRead

__all__ = [
    "Attempt",
    "CannotRead",
    "Derivation",
    "Exercise",
    "FalseStep",
    "Setting",
    "load_ipython_extension",
]
