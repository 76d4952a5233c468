"""The specification of an exercise: everything needed to check an answer.

One specification serves the instant check in the notebook, the grading of a class with a secret
seed, and its own test: the reference passes, every known mistake fails and is matched.

Each specification has an integer `version`, which a grade records. If it has changed, submissions
are graded again; so raise it with any change of cases, right answers, tolerances or stars.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np

PUBLIC = 0  # the seed of the instant check
_NEARLY = 0.02  # how far off, relatively, a prediction is that was perhaps rounded


@dataclass(frozen=True)
class Case:
    """One call of the student's function.

    Parameters
    ----------
    about : str
        The topic of the case in two or three words; for "Works already: …" in the report.
    args, kwargs : tuple, dict
        The arguments; the function gets copies.
    extreme : bool
        True if straightforward arithmetic overflows, cancels or divides by zero; a wrong value is
        then reported as numerically unstable.
    """

    about: str
    args: tuple
    kwargs: dict = field(default_factory=dict)
    extreme: bool = False


@dataclass(frozen=True)
class Mistake:
    """A plausible wrong answer, and what a good teacher would say about it."""

    feedback: str
    function: Callable


@dataclass(frozen=True)
class Bonus:
    """Cases beyond what an exercise teaches; the check in the notebook tries them at the end.

    cases : callable, as those of a Function
    feedback : what is said if one of them is not right; the exercise is solved all the same
    """

    cases: Callable
    feedback: str


@dataclass(frozen=True)
class Function:
    """Write a function.

    Parameters
    ----------
    name : str
        The name of the student's function.
    title, stars : str, int
        "A root that does not overflow", 1 to 4.
    reference : callable
        The right answer. If it raises ValueError or TypeError, the student's function must.
    cases : callable
        `cases(rng)` yields Case; the same seed gives the same cases. The first ones should be
        small enough to redo by hand. A tuple of arguments stands for a Case without a topic.
    hidden_cases : callable, optional
        `hidden_cases(rng)` yields more cases for every seed but the public one: the topics of
        `cases`, with random numbers. Each has an `about` that occurs in `cases`, so every hidden
        case has a visible counterpart. By default `cases` is drawn twice more.
    mistakes : list of Mistake
    rtol, atol : float
        `|yours − expected| ≤ atol + rtol · |expected|`, entry by entry.
    accepts : callable, optional
        `accepts(case, value, expected)` if several answers are right; returns True, False, or a
        sentence (str) about what is wrong. The value has the shape of the expected one and holds
        any floats, nan and inf included. It runs in the grader: compute with the numbers, and
        make nothing whose size they choose.
    probes : list of callables, optional
        `probe(ask)` looks for a mistake without the reference and returns a sentence or None;
        `ask(*args)` returns the value of the student's function, or None.
    on_success : str
        Shown when every case is right: what the student has achieved.
    bonus : Bonus, optional
        Further cases, without points.
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
    on_success: str = ""
    seconds: float = 2.0
    hidden_cases: Callable | None = None
    bonus: Bonus | None = None
    version: int = 1

    def draw_cases(self, seed: Any = PUBLIC) -> list[Case]:
        """The cases for a seed, with those of `hidden_cases` unless it is the public seed."""
        rng = np.random.default_rng(seed)
        draws = [self.cases]
        if not (isinstance(seed, int) and seed == PUBLIC):
            draws += [self.hidden_cases] if self.hidden_cases else [self.cases, self.cases]
        return [case for draw in draws for case in map(_case, draw(rng), count(1))]


def _case(given, number):
    """A Case; one that was given as a tuple of arguments is called by its number."""
    return given if isinstance(given, Case) else Case(f"case {number}", given)


@dataclass(frozen=True)
class Prediction:
    """Predict a number, then see why.

    distractors : list of (value, sentence): plausible wrong numbers, and why they are wrong
    explanation : why the answer is right, shown after it
    variable : the name of the notebook's variable with the answer
    """

    name: str
    title: str
    stars: int
    answer: float
    distractors: list
    explanation: str
    rtol: float = 1e-3
    atol: float = 1e-9
    variable: str = ""
    version: int = 1

    def judge(self, number: float) -> tuple[str, str]:
        """ "right", "nearly" or "wrong value", and what is said of a number, or ""."""
        for value, rtol, verdict, said in self.sayings():
            if abs(number - value) <= self.atol + rtol * abs(value):
                return verdict, said
        return "wrong value", ""

    def sayings(self) -> list[tuple[float, float, str, str]]:
        """(value, rtol, verdict, sentence) for each number of which something is said."""
        nearly = f"Nearly: it must be right to a relative {self.rtol:g}."
        return [
            (self.answer, self.rtol, "right", self.explanation),
            *((value, self.rtol, "wrong value", said) for value, said in self.distractors),
            (self.answer, _NEARLY, "nearly", nearly),
        ]


@dataclass(frozen=True)
class Choice:
    """Choose among options, then see why.

    options : dict of letter → text; answer : the right letter
    distractors : dict of letter → why this option is wrong, for every other letter
    explanation : why the answer is right, shown after it
    variable : the name of the notebook's variable with the answer
    """

    name: str
    title: str
    stars: int
    options: dict
    answer: str
    distractors: dict
    explanation: str
    variable: str = ""
    version: int = 1

    def __post_init__(self):
        if self.distractors.keys() != self.options.keys() - {self.answer}:
            raise ValueError(f"distractors must explain each option but {self.answer!r}")

    def judge(self, letter: str) -> tuple[str, str]:
        """ "right" or "wrong value", and what is said of a letter."""
        if letter == self.answer:
            return "right", self.explanation
        return "wrong value", self.distractors[letter]


@dataclass(frozen=True)
class Proof:
    """Write a derivation: `make()` returns the lossbook.derive.Exercise (built on first use).

    solution : the lines of one right derivation, for the specification's own test
    false : list of (lines, line number): derivations with a plausible false line
    """

    name: str
    title: str
    stars: int
    make: Callable
    solution: str
    false: list
    on_success: str = ""
    version: int = 1
