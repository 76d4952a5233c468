"""The cases of an exercise for one seed, computed once and asked many times.

Two hundred answers to one exercise are held against the same cases. What the reference gives on
them, and what each known mistake gives, is found out once.
"""

from functools import cached_property
from typing import NamedTuple

from lossbook.grading.calls import outcome
from lossbook.grading.judge import judge
from lossbook.grading.spec import PUBLIC, Mistake


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

    Attributes
    ----------
    cases : list of Case
    expected : list of Outcome, what the reference gives

    Examples
    --------
    >>> from lossbook.grading import Case, Function
    >>> twice = Function(
    ...     "twice", "Twice", 1, lambda x: 2 * x, lambda rng: [Case("small", (3,))], mistakes=[]
    ... )
    >>> [float(right.value) for right in Drawn(twice).expected]
    [6.0]
    """

    def __init__(self, exercise, seed=PUBLIC):
        self.exercise, self.seed = exercise, seed
        self.cases = exercise.drawn(seed)
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
