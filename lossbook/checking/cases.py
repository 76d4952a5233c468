"""The cases of an exercise for one seed, computed once and asked many times.

Two hundred answers to one exercise are held against the same cases. What the reference gives on
them, and what each known mistake gives, is found out once.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from lossbook.checking.calls import outcome
from lossbook.checking.compare import judge
from lossbook.checking.spec import PUBLIC, Mistake


class Known(NamedTuple):
    """What a known mistake does on the cases.

    mistake : the Mistake
    outcomes : one Outcome for each case
    fails : the numbers of the cases on which it is wrong
    """

    mistake: Mistake
    outcomes: tuple
    fails: tuple


class Drawn:
    """The cases of a Function exercise for one seed, and what is expected on each of them.

    Parameters
    ----------
    exercise : Function
    seed : anything that `numpy.random.default_rng` takes
    but : cases that are left out, because somebody has asked for them already

    Attributes
    ----------
    cases : list of Case
    expected : list of Outcome, what the reference gives

    Examples
    --------
    >>> from lossbook.checking import Case, Function
    >>> twice = Function(
    ...     "twice", "Twice", 1, lambda x: 2 * x, lambda rng: [Case("small", (3,))], mistakes=[]
    ... )
    >>> [float(right.value) for right in Drawn(twice).expected]
    [6.0]
    """

    def __init__(self, exercise, seed=PUBLIC, but=()):
        self.exercise, self.seed = exercise, seed
        asked = set(map(key, but))
        self.cases = [case for case in exercise.drawn(seed) if key(case) not in asked]
        self.expected = self._outcomes(exercise.reference)

    @cached_property
    def mistakes(self):
        """A tuple of Known, one for each known mistake; the first look computes it."""
        return tuple(self._known(mistake) for mistake in self.exercise.mistakes)

    def findings(self, given):
        """One Finding or None for each of the outcomes `given`, which may be fewer than cases."""
        return tuple(
            judge(self.exercise, case, right, mine)
            for case, right, mine in zip(self.cases, self.expected, given, strict=False)
        )

    def _known(self, mistake):
        outcomes = self._outcomes(mistake.function)
        findings = self.findings(outcomes)
        return Known(mistake, tuple(outcomes), tuple(k for k, one in enumerate(findings) if one))

    def _outcomes(self, function):
        return [outcome(function, case.args, case.kwargs) for case in self.cases]


def key(case):
    """The arguments of a case, in a form that can be compared."""
    return _key((case.args, case.kwargs))


def _key(value):
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, (list, tuple)):
        return type(value).__name__, *map(_key, value)
    if isinstance(value, dict):
        return tuple((name, _key(value[name])) for name in sorted(value))
    return value if callable(value) else repr(value)
