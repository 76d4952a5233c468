"""What a function is worth, test by test: a share for what everybody can see, the rest for what
only this course has drawn.

The cases that are the same for every seed stand in the open, and so does the whole public draw;
together they carry three tenths of the points. The other seven are for cases that a secret seed
draws anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lossbook.checking.calls import Outcome
from lossbook.checking.cases import key
from lossbook.checking.compare import judge
from lossbook.checking.values import Unusable, plain
from lossbook.grading.marking.result import Test

RULES = 1  # the version of what makes points out of cases; raise it when that changes
_VISIBLE, _HIDDEN = 30, 70  # hundredths of a star


@dataclass(frozen=True)
class Plan:
    """One test: the cases with one `about`, right only if all of them are right.

    visible : True for cases of the public draw
    points : what it carries
    where : pairs (number of the draw, number of the case); the draw is 0 for a visible test, and
        counts the secret draws from 0 for a hidden one
    telling : True for a hidden test that no answer without a thought can pass: not 0, not a
        value of the public draw, not an argument handed back, not an error
    """

    about: str
    visible: bool
    points: float
    where: tuple
    telling: bool


def plans_for(public, secret):
    """The tests of a Function exercise, as a tuple of Plan; all points together are its stars.

    Parameters
    ----------
    public : Drawn
        The draw of the instant check.
    secret : list of Drawn
        One or more other draws. Cases that the public draw has as well count as visible.

    Raises
    ------
    ValueError
        No hidden test is left that asks for a value of its own.
    """
    exercise = public.exercise
    seen = {key(case) for case in public.cases}
    visible, hidden = {}, {}
    for number, case in enumerate(public.cases):
        visible.setdefault(case.about, []).append((0, number))
    for draw, drawn in enumerate(secret):
        for number, case in enumerate(drawn.cases):
            if key(case) not in seen:
                hidden.setdefault(case.about, []).append((draw, number))
    telling = {about: _telling(public, secret, where) for about, where in hidden.items()}
    if not any(telling.values()):
        raise ValueError(f"secret must draw new cases with new values for {exercise.name!r}")
    return (
        *_plans(visible, exercise.stars * _VISIBLE, visible=True, telling={}),
        *_plans(hidden, exercise.stars * _HIDDEN, visible=False, telling=telling),
    )


def _plans(groups, hundredths, *, visible, telling):
    """A Plan for each group; the hundredths are shared out evenly, none is lost."""
    each, rest = divmod(hundredths, len(groups))
    return [
        Plan(about, visible, (each + (k < rest)) / 100, tuple(where), telling.get(about, False))
        for k, (about, where) in enumerate(groups.items())
    ]


def earned(plans, public, secret):
    """What an answer gets, as a tuple of Test, one for each plan.

    A test earns its points if all of its cases are right, and if at least one telling test is
    passed. Without that second condition a table of the printed examples would earn the visible
    tests, and a function that raises ValueError whatever it is given would earn the hidden ones
    in which an error is right. Neither knows anything, so both earn nothing.

    Parameters
    ----------
    plans : tuple of Plan, from `plans_for`
    public : sequence of Finding or None
        `Report.findings` on the public draw.
    secret : list of sequences of Finding or None
        The same for each of the secret draws.
    """
    failed = [_first(plan, [public] if plan.visible else secret) for plan in plans]
    counts = any(plan.telling and not found for plan, found in zip(plans, failed, strict=True))
    return tuple(
        Test(
            plan.about,
            plan.points,
            plan.points if counts and not found else 0.0,
            plan.visible,
            _words(plan, found, counts),
        )
        for plan, found in zip(plans, failed, strict=True)
    )


def total(tests: Iterable[Test]):
    """The sum of what was earned, to 2 digits."""
    return round(sum(test.earned for test in tests), 2)


def _first(plan, findings):
    """The first Finding of a test, or None if all of its cases are right."""
    found = (findings[draw][number] for draw, number in plan.where)
    return next((one for one in found if one), None)


def _words(plan, found, counts):
    if not found:
        return "" if counts else "right, and it counts once a hidden test on values is right"
    return found.words if plan.visible else _KINDS[found.kind]


# Of a hidden case only the kind is told: an error message or a value could carry the case out.
_KINDS = {
    "missing": "it returns nothing yet",
    "raises": "it raises an error where a value is expected",
    "does not raise": "it returns something where an error is expected",
    "wrong error": "it raises another error than the expected one",
    "wrong shape": "the result has another shape than the expected one",
    "wrong value": "the value is not the expected one",
    "unstable": "it is numerically unstable",
    "changes its input": "it writes into the arrays that it was given",
    "too slow": "it had not finished when its time was over",
    "lost": "the process in which it ran has ended",
    "no answer": "it returns something that is no answer",
    "not tried": "it was not tried: an earlier call had not come back",
}


# ------------------------------------------------------------------- what a case would give away


def _telling(public, secret, where):
    """Whether every answer without a thought fails on one of the cases."""
    asked = [(secret[draw].cases[k], secret[draw].expected[k]) for draw, k in where]
    if any(right.kind != "value" for _, right in asked):
        return False
    return not any(
        all(_passes(public.exercise, case, right, answer) for case, right in asked)
        for answer in _thoughtless(public, most=max(len(case.args) for case, _ in asked))
    )


def _thoughtless(public, most):
    """Answers (case, what is right) → value: 0s, what the public draw expects, an argument."""
    yield lambda case, right: _zeros(right)
    for right in public.expected:
        if right.kind == "value":
            yield lambda case, other, value=right.value: value
    for k in range(most):
        yield lambda case, right, k=k: plain(case.args[k])


def _zeros(value):
    if isinstance(value, tuple):
        return tuple(map(_zeros, value))
    return value if isinstance(value, str) else np.zeros_like(value)


def _passes(exercise, case, right, answer):
    try:
        given = Outcome("value", value=answer(case, right.value))
    except (Unusable, IndexError):
        return False
    return judge(exercise, case, right, given) is None
