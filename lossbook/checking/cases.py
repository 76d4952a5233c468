"""The cases of an exercise for one seed, with expected results, computed once for a whole class."""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from lossbook.checking.calls import outcome
from lossbook.checking.compare import compare
from lossbook.checking.spec import PUBLIC, Mistake


class MistakeProfile(NamedTuple):
    """The results of a known mistake on the cases.

    mistake : the Mistake
    outcomes : one Outcome for each case
    fails : the indices of the cases on which it is wrong
    """

    mistake: Mistake
    outcomes: tuple
    fails: tuple


class CaseSet:
    """The cases of a Function exercise for one seed, and their expected outcomes.

    Parameters
    ----------
    exercise : Function
    seed : anything that `numpy.random.default_rng` takes
    exclude : cases to leave out, because they are in another set

    Attributes
    ----------
    cases : list of Case
    expected : list of Outcome, those of the reference

    Examples
    --------
    >>> from lossbook.checking import Case, Function
    >>> twice = Function(
    ...     "twice", "Twice", 1, lambda x: 2 * x, lambda rng: [Case("small", (3,))], mistakes=[]
    ... )
    >>> [float(right.value) for right in CaseSet(twice).expected]
    [6.0]
    """

    def __init__(self, exercise, seed=PUBLIC, exclude=()):
        self.exercise, self.seed = exercise, seed
        excluded = set(map(key, exclude))
        self.cases = [case for case in exercise.draw_cases(seed) if key(case) not in excluded]
        self.expected = self._outcomes(exercise.reference)

    @classmethod
    def stored(cls, exercise, cases, expected, mistakes):
        """A CaseSet whose outcomes were computed before: `expected`, and one tuple a mistake."""
        made = cls.__new__(cls)
        made.exercise, made.seed, made.cases, made.expected = exercise, PUBLIC, cases, expected
        made.mistakes = tuple(map(made._profile, exercise.mistakes, mistakes))
        return made

    @cached_property
    def mistakes(self):
        """A tuple of MistakeProfile, one for each known mistake, computed on first access."""
        return tuple(
            self._profile(mistake, self._outcomes(mistake.function))
            for mistake in self.exercise.mistakes
        )

    def findings(self, given):
        """One Finding or None for each of the outcomes `given`; there may be fewer than cases."""
        return tuple(
            compare(self.exercise, case, right, mine)
            for case, right, mine in zip(self.cases, self.expected, given, strict=False)
        )

    def _profile(self, mistake, outcomes):
        findings = self.findings(outcomes)
        return MistakeProfile(
            mistake, tuple(outcomes), tuple(k for k, one in enumerate(findings) if one)
        )

    def _outcomes(self, function):
        return [outcome(function, case.args, case.kwargs) for case in self.cases]


def functions_in(cases):
    """The functions among the arguments of cases, each once: the losses lent to an answer."""
    arguments = (arg for case in cases for arg in (*case.args, *case.kwargs.values()))
    return list(dict.fromkeys(filter(callable, arguments)))


def key(case):
    """The arguments of a case in hashable form."""
    return _key((case.args, case.kwargs))


def _key(value):
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, (list, tuple)):
        return type(value).__name__, *map(_key, value)
    if isinstance(value, dict):
        return tuple((name, _key(value[name])) for name in sorted(value))
    return value if callable(value) else repr(value)
