"""What an exercise is: everything needed to judge an answer, in one place.

One specification serves the instant check in the notebook, the grading of a class with a secret
seed, and its own test: the reference passes, every known mistake fails and is named.

Each specification has a `version`, an integer. A grade records it, and is given again where it has
changed; so raise it with any change of cases, right answers, tolerances or stars. Words may change.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

PUBLIC = 0  # the seed of the instant check


@dataclass(frozen=True)
class Case:
    """One call of the student's function.

    about : what the case is about, in two or three words; the report says "works already: …"
    args, kwargs : the arguments; the function gets copies
    extreme : True where ordinary arithmetic overflows, cancels or divides by zero; a wrong
        value here, with the ordinary cases right, is called numerically unstable
    """

    about: str
    args: tuple
    kwargs: dict = field(default_factory=dict)
    extreme: bool = False


@dataclass(frozen=True)
class Mistake:
    """A plausible wrong answer, and the sentence that a good teacher would say to it."""

    says: str
    function: Callable


@dataclass(frozen=True)
class Function:
    """Write a function.

    Parameters
    ----------
    name : str
        The name that the student's function has.
    title, stars : str, int
        "A root that does not overflow", 1 to 4.
    reference : callable
        The right answer. Where it raises ValueError or TypeError, the student's must, too.
    cases : callable
        `cases(rng)` yields Case; the same seed gives the same cases. The first ones should be
        small enough to be redone by hand.
    afresh : callable, optional
        `afresh(rng)` yields more cases, for every seed but the public one: what `cases` shows
        on numbers that are always the same, here on numbers that are drawn. Each has an `about`
        that `cases` has as well, so that nothing is graded that nobody could see coming.
    mistakes : list of Mistake
    rtol, atol : float
        |yours − expected| ≤ atol + rtol · |expected|, entry by entry.
    accepts : callable, optional
        `accepts(case, value, expected)` where more than one answer is right; returns True or
        False, and may return a sentence (str) that says what is wrong.
    probes : list of callables, optional
        `probe(ask)` looks for a slip without the reference, and returns a sentence or None;
        `ask(*args)` calls the student's function and returns what it gave, or None.
    done : str
        What the student now has; said when every case is right.
    seconds : float
        Time limit for one call.
    """

    name: str
    title: str
    stars: int
    reference: Callable
    cases: Callable
    mistakes: list
    rtol: float = 1e-9
    atol: float = 1e-12
    accepts: Callable | None = None
    probes: tuple = ()
    done: str = ""
    seconds: float = 2.0
    afresh: Callable | None = None
    version: int = 1

    def drawn(self, seed=PUBLIC):
        """The list of cases for a seed; all but the public one have those of `afresh` as well."""
        rng = np.random.default_rng(seed)
        drawn = list(self.cases(rng))
        if self.afresh and not (isinstance(seed, int) and seed == PUBLIC):
            drawn += self.afresh(rng)
        return drawn


@dataclass(frozen=True)
class Prediction:
    """Predict a number, then see why.

    tempting : list of (value, sentence): wrong numbers that suggest themselves, and why not
    because : the reason for the right one, shown after it
    variable : the name of the variable in the notebook that holds the answer
    """

    name: str
    title: str
    stars: int
    answer: float
    tempting: list
    because: str
    rtol: float = 1e-3
    atol: float = 1e-9
    variable: str = ""
    version: int = 1


@dataclass(frozen=True)
class Choice:
    """Choose among options, then see why.

    options : dict of letter → text; answer : the right letter
    wrong : dict of letter → why this tempting answer is wrong, one for each other letter
    variable : the name of the variable in the notebook that holds the answer
    """

    name: str
    title: str
    stars: int
    options: dict
    answer: str
    wrong: dict
    because: str
    variable: str = ""
    version: int = 1

    def __post_init__(self):
        if self.wrong.keys() != self.options.keys() - {self.answer}:
            raise ValueError(f"wrong must explain each option but {self.answer!r}")


@dataclass(frozen=True)
class Proof:
    """Write a derivation: `make()` returns the lossbook.derive.Exercise (built when needed).

    solution : the lines of one right derivation, for the specification's own test
    false : list of (lines, line number): derivations with a plausible false line
    """

    name: str
    title: str
    stars: int
    make: Callable
    solution: str
    false: list
    done: str = ""
    version: int = 1
