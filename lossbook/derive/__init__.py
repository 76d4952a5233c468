"""Derivations that check themselves: what is typeset is what the machine has checked.

    from lossbook.derive import Derivation

An author writes plain LaTeX with reasons; every line is read (`tex`), evaluated on random
instances with 50 digits (`world`, `values`, `calculus`), attacked (`search`, `attack`), and
shown with its mark (`show`). In a notebook, ``%load_ext lossbook.derive`` adds the cell magic
``%%derive``.
"""

from lossbook.derive import calculus, values  # noqa: F401  (they register the operations)
from lossbook.derive.derivation import Derivation, FalseStep
from lossbook.derive.exercise import Attempt, Exercise
from lossbook.derive.magics import load_ipython_extension
from lossbook.derive.setting import Setting
from lossbook.derive.spot import SpotTheError
from lossbook.derive.tokens import CannotRead

__all__ = [
    "Attempt",
    "CannotRead",
    "Derivation",
    "Exercise",
    "FalseStep",
    "Setting",
    "SpotTheError",
    "load_ipython_extension",
]
