"""Name the mistake in a wrong answer: a known one, a constant factor, or a probe's finding."""

import math

import numpy as np

from lossbook.checking.calls import FINAL_KINDS
from lossbook.checking.compare import same


def match_known_mistake(case_set, given, failed, shown):
    """The known mistake that explains the most failed cases, or None.

    A mistake matches if the answer agrees with it on every case on which the mistake fails, and if
    one of these is the case number `shown`, which the student sees. If no mistake does, a looser
    agreement is enough: where an error is expected, and on an extreme case that is not shown, two
    wrong values agree whatever they are.

    failed : the numbers of the cases that are not right
    """
    rtol, atol = case_set.exercise.rtol, case_set.exercise.atol

    def agrees(k, wrong):
        return same(given[k], wrong[k], rtol, atol)

    def agrees_loosely(k, wrong):
        if case_set.expected[k].kind == "raised":
            return k in failed and given[k].kind == wrong[k].kind
        return agrees(k, wrong) or (case_set.cases[k].extreme and k in failed and k != shown)

    return _best(case_set, agrees, shown) or _best(case_set, agrees_loosely, shown)


def _best(case_set, agrees, shown):
    best, explained = None, 0
    for mistake, wrong, fails in case_set.mistakes:
        if shown in fails and len(fails) > explained and all(agrees(k, wrong) for k in fails):
            best, explained = mistake, len(fails)
    return best


def factor(cases, expected, given):
    """A sentence if all results are wrong by the same factor, or None."""
    ordinary = [
        (case, right, mine)
        for case, right, mine in zip(cases, expected, given, strict=True)
        if right.kind == "value" and not case.extreme
    ]
    if any(mine.kind != "value" for _, _, mine in ordinary):
        return None
    ratios = [(_ratio(mine.value, right.value), _samples(case)) for case, right, mine in ordinary]
    ratios = [(ratio, n) for ratio, n in ratios if ratio is not None]
    if len(ratios) < 2 or any(math.isnan(r) or r == 0 for r, _ in ratios):
        return None
    if all(math.isclose(r, 1, rel_tol=1e-6) for r, _ in ratios):
        return None
    for sentence, factor_of in _FACTORS:
        if all(math.isclose(r, factor_of(n), rel_tol=1e-6) for r, n in ratios):
            return sentence
    first = ratios[0][0]
    if all(math.isclose(r, first, rel_tol=1e-6) for r, _ in ratios):
        return f"Yours is everywhere {first:.4g} times the expected value."
    return None


_FACTORS = [  # that by n comes last: where all cases have two samples it is 2 as well
    ("The sign is wrong everywhere.", lambda n: -1),
    ("Yours is everywhere twice the expected value. Look at the factor ½.", lambda n: 2),
    ("Yours is everywhere half of the expected value. Look at the factor ½.", lambda n: 0.5),
    ("Yours is in bits; nats are asked for (divide by log₂ e).", lambda n: 1 / math.log(2)),
    ("Yours is in nats; bits are asked for (divide by ln 2).", lambda n: math.log(2)),
    ("Yours is n times the expected value: a sum where a mean is asked for?", lambda n: n),
    ("Yours is the expected value divided by n: a mean where a sum is asked for?", lambda n: 1 / n),
]


def _samples(case):
    first = np.shape(case.args[0]) if case.args and not callable(case.args[0]) else ()
    return first[0] if first else 1


def _ratio(mine, right):
    """mine / right if it is one number, NaN if not, None if it is undefined."""
    if isinstance(mine, (tuple, str)) or isinstance(right, (tuple, str)):
        return math.nan
    if mine.shape != right.shape or not (np.isfinite(mine).all() and np.isfinite(right).all()):
        return math.nan
    mine, right = mine.ravel(), right.ravel()
    large = np.abs(right) > 1e-12
    if not large.any():
        return None if np.allclose(mine, right) else math.nan
    with np.errstate(all="ignore"):  # an overflowing ratio is not constant
        ratios = mine[large] / right[large]
    if not np.isfinite(ratios).all():
        return math.nan
    constant = np.allclose(ratios, ratios[0], rtol=1e-6) and np.allclose(mine[~large], 0, atol=1e-9)
    return float(ratios[0]) if constant else math.nan


def transposed(expected, given):
    """A sentence if the answer is the transpose of the expected one."""
    pairs = [
        (mine.value, right.value)
        for mine, right in zip(given, expected, strict=True)
        if mine.kind == right.kind == "value"
    ]
    arrays = [(m, r) for m, r in pairs if getattr(r, "ndim", 0) == 2 and r.shape[0] != r.shape[1]]
    if arrays and all(
        getattr(m, "shape", None) == r.T.shape and np.allclose(m, r.T) for m, r in arrays
    ):
        return "Yours is the transpose of the expected matrix."
    return None


def probe(exercise, call):
    """The first sentence of the exercise's probes about the function behind `call`, or None."""
    ended = False

    def ask(*args, **kwargs):
        nonlocal ended
        if ended:
            return None
        outcome = call(args, kwargs)
        ended = outcome.kind in FINAL_KINDS
        return outcome.value if outcome.kind == "value" else None

    with np.errstate(all="ignore"):  # results can be infinite
        return next((found for one in exercise.probes if (found := one(ask))), None)
