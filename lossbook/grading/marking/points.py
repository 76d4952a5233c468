"""How the points of a Function exercise are distributed over its tests, and which are earned.

Three tenths go to visible tests: the public draw, and cases that are the same for every seed. Seven
tenths go to hidden tests, whose cases only the secret of the course draws.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lossbook.checking.calls import Outcome
from lossbook.checking.cases import key
from lossbook.checking.compare import compare
from lossbook.checking.values import Unusable, plain
from lossbook.grading.marking.result import Test

RULES = 2  # the version of the rules in this module; raise it when marks change
_VISIBLE, _HIDDEN = 30, 70  # hundredths of a star


@dataclass(frozen=True)
class PlannedTest:
    """One test: the cases with the same `about`; it is passed if all of them are right.

    visible : True for cases of the public draw
    points : what the test is worth
    cases : numbers of cases of the public draw for a visible test, else of the secret one
    discriminating : True for a hidden test that every trivial answer fails: 0, a value of the
        public draw, an argument returned as it is, an error
    """

    about: str
    visible: bool
    points: float
    cases: tuple
    discriminating: bool


def plans_for(public, secret):
    """The tests of a Function exercise, a tuple of PlannedTest; their points sum to its stars.

    public : CaseSet, the draw of the instant check
    secret : CaseSet, another one; cases that the public draw has as well count as visible

    Raises ValueError if no hidden test is discriminating.
    """
    exercise = public.exercise
    seen = {key(case) for case in public.cases}
    visible, hidden = {}, {}
    for number, case in enumerate(public.cases):
        visible.setdefault(case.about, []).append(number)
    for number, case in enumerate(secret.cases):
        if key(case) not in seen:
            hidden.setdefault(case.about, []).append(number)
    able = {about: _discriminates(public, secret, cases) for about, cases in hidden.items()}
    if not any(able.values()):
        raise ValueError(
            f"cases of {exercise.name!r} must draw new arguments with `rng` for each seed, and "
            "trivial answers must be wrong in one of them: 0, an argument as it is, or a value of "
            "the check in the notebook"
        )
    return (
        *_plans(visible, exercise.stars * _VISIBLE, visible=True, discriminating={}),
        *_plans(hidden, exercise.stars * _HIDDEN, visible=False, discriminating=able),
    )


def _plans(groups, hundredths, *, visible, discriminating):
    """A PlannedTest for each group; equal shares, and the first ones get the remainder."""
    each, rest = divmod(hundredths, len(groups))
    return [
        PlannedTest(
            about,
            visible,
            (each + (k < rest)) / 100,
            tuple(cases),
            discriminating.get(about, False),
        )
        for k, (about, cases) in enumerate(groups.items())
    ]


def earned(plans, public, secret):
    """What an answer earns, a tuple of Test, one for each plan.

    A test earns its points if all of its cases are right, and if at least one discriminating test
    is passed. Without the second condition a table of the printed examples would earn the visible
    tests, and a function that always raises ValueError the hidden tests that expect an error.

    plans : tuple of PlannedTest, from `plans_for`
    public, secret : sequences of Finding or None, `Report.findings` on the two draws
    """
    failed = [_first(plan, public if plan.visible else secret) for plan in plans]
    counts = any(
        plan.discriminating and not finding for plan, finding in zip(plans, failed, strict=True)
    )
    return tuple(
        Test(
            plan.about,
            plan.points,
            plan.points if counts and not finding else 0.0,
            plan.visible,
            _message(plan, finding, counts),
        )
        for plan, finding in zip(plans, failed, strict=True)
    )


def total(tests: Iterable[Test]) -> float:
    """The sum of the points earned, to 2 digits."""
    return round(sum(test.earned for test in tests), 2)


def _first(plan, findings):
    """The first Finding of a test, or None if all of its cases are right."""
    return next((findings[number] for number in plan.cases if findings[number]), None)


def _message(plan, finding, counts):
    if not finding:
        return "" if counts else _RIGHT
    return finding.message if plan.visible else _KINDS[finding.kind]


# Of a hidden case only the kind is reported: an error message or a value could reveal the case.
_KINDS = {
    "missing": "it returns nothing yet",
    "raises": "it raises an error where a value is expected",
    "does not raise": "it returns something where an error is expected",
    "wrong error": "it raises another error than the expected one",
    "wrong shape": "the result has another shape than the expected one",
    "other shape": "the numbers are right, and their shape is not the expected one",
    "wrong value": "the value is not the expected one",
    "unstable": "it is numerically unstable",
    "changes its input": "it writes into the arrays that it was given",
    "too slow": "it had not finished when its time was over",
    "crashed": "the process in which it ran has ended",
    "no answer": "it returns something that is no answer",
    "not tried": "it was not tried, because an earlier call did not return",
}
_RIGHT = "right, and it counts once a hidden test on values is right"
# Messages of tests in which no wrong value was seen.
NOT_WRONG = (_RIGHT, *(_KINDS[kind] for kind in ("too slow", "crashed", "not tried")))


# ---------------------------------------------------------------------------- trivial answers


def _discriminates(public, secret, cases):
    """Whether every trivial answer fails on one of the cases."""
    pairs = [(secret.cases[k], secret.expected[k]) for k in cases]
    if any(expected.kind != "value" for _, expected in pairs):
        return False
    return not any(
        all(_passes(public.exercise, case, expected, answer) for case, expected in pairs)
        for answer in _trivial_answers(public, most=max(len(case.args) for case, _ in pairs))
    )


def _trivial_answers(public, most):
    """Functions (case, expected value) → value: zeros, a public value, one of the arguments."""
    yield lambda case, expected: _zeros(expected)
    for outcome in public.expected:
        if outcome.kind == "value":
            yield lambda case, expected, value=outcome.value: value
    for k in range(most):
        yield lambda case, expected, k=k: plain(case.args[k])


def _zeros(value):
    if isinstance(value, tuple):
        return tuple(map(_zeros, value))
    return value if isinstance(value, str) else np.zeros_like(value)


def _passes(exercise, case, expected, answer):
    try:
        given = Outcome("value", value=answer(case, expected.value))
    except (Unusable, IndexError):
        return False
    return compare(exercise, case, expected, given) is None
