"""Name the mistake: the known ones first, then a constant factor, then a probe of the exercise."""

import math

import numpy as np

from lossbook.checking.calls import ENDS
from lossbook.checking.compare import same


def known(drawn, given, shown):
    """The known mistake that explains most of what failed, or None.

    A mistake is recognised if the answer agrees with it on every case on which the mistake
    itself fails, and if it explains the case number `shown`, which the student sees.
    """
    rtol, atol = drawn.exercise.rtol, drawn.exercise.atol
    best, explained = None, 0
    for mistake, wrong, fails in drawn.mistakes:
        if (
            shown in fails
            and len(fails) > explained
            and all(same(given[k], wrong[k], rtol, atol) for k in fails)
        ):
            best, explained = mistake, len(fails)
    return best


def factor(cases, expected, given):
    """A sentence on a factor that is the same everywhere, or None."""
    ordinary = [
        (case, right, mine)
        for case, right, mine in zip(cases, expected, given, strict=True)
        if right.kind == "value" and not case.extreme
    ]
    if any(mine.kind != "value" for _, _, mine in ordinary):
        return None
    ratios = [(_ratio(mine.value, right.value), _samples(case)) for case, right, mine in ordinary]
    ratios = [(ratio, n) for ratio, n in ratios if ratio is not None]
    if len(ratios) < 2 or any(math.isnan(r) for r, _ in ratios):
        return None
    for words, factor_of in _FACTORS:
        if all(math.isclose(r, factor_of(n), rel_tol=1e-6) for r, n in ratios):
            return words
    first = ratios[0][0]
    if all(math.isclose(r, first, rel_tol=1e-6) for r, _ in ratios) and abs(first - 1) > 1e-6:
        return f"Yours is everywhere {first:.4g} times the expected value."
    return None


_FACTORS = [
    ("The sign is turned round, everywhere.", lambda n: -1),
    ("Yours is n times the expected value: a sum where a mean is asked for?", lambda n: n),
    ("Yours is the expected value divided by n: a mean where a sum is asked for?", lambda n: 1 / n),
    ("Yours is everywhere twice the expected value. Look at the factor ½.", lambda n: 2),
    ("Yours is everywhere half of the expected value. Look at the factor ½.", lambda n: 0.5),
    ("Yours is in bits; nats are asked for (divide by log₂ e).", lambda n: 1 / math.log(2)),
    ("Yours is in nats; bits are asked for (divide by ln 2).", lambda n: math.log(2)),
]


def _samples(case):
    first = np.shape(case.args[0]) if case.args and not callable(case.args[0]) else ()
    return first[0] if first else 1


def _ratio(mine, right):
    """mine / right where that is one number; NaN where it is not; None where it says nothing."""
    if isinstance(mine, (tuple, str)) or isinstance(right, (tuple, str)):
        return math.nan
    if mine.shape != right.shape or not (np.isfinite(mine).all() and np.isfinite(right).all()):
        return math.nan
    mine, right = mine.ravel(), right.ravel()
    large = np.abs(right) > 1e-12
    if not large.any():
        return None if np.allclose(mine, right) else math.nan
    with np.errstate(all="ignore"):  # a ratio beyond the range of floats is not steady
        ratios = mine[large] / right[large]
    if not np.isfinite(ratios).all():
        return math.nan
    steady = np.allclose(ratios, ratios[0], rtol=1e-6) and np.allclose(mine[~large], 0, atol=1e-9)
    return float(ratios[0]) if steady else math.nan


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
    """What the exercise's own probes find in the function behind `call`, or None."""
    ended = False

    def ask(*args, **kwargs):
        nonlocal ended
        if ended:
            return None
        came_to = call(args, kwargs)
        ended = came_to.kind in ENDS
        return came_to.value if came_to.kind == "value" else None

    with np.errstate(all="ignore"):  # infinities may come back
        return next((said for one in exercise.probes if (said := one(ask))), None)
