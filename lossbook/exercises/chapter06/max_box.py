"""A maximum over a box: the largest α (1 − m) for 0 ≤ α ≤ C, and every α that reaches it.

It teaches where the hinge comes from (6.3b), and the three kinds of samples (section 6.6). Expected
are a missing ceiling, the ceiling always, the minimum, one end of the box in place of both,
exchanged ends, ∞ · 0 without a ceiling, and a negative one.
"""

import numpy as np

from lossbook.checking import Function, Mistake
from lossbook.exercises._shared import array_case


def _cases(rng):
    yield array_case("small numbers", [-1.0, 3.0], 2.0)
    yield array_case("on the kink", [1.0], 2.0)
    yield array_case("all three regimes", [0.0, 1.0, 2.0], 0.5)
    for _ in range(2):
        m = rng.normal(size=int(rng.integers(4, 8))).round(2)
        yield array_case("ordinary numbers", np.append(m, 1.0), round(rng.uniform(0.5, 9), 2))
    yield array_case("a ceiling of 0", [-1.0, 1.0, 3.0], 0.0)
    yield array_case("no ceiling", [-1.0, 1.0, 3.0], np.inf, extreme=True)
    yield array_case("a negative ceiling", [0.0, 2.0], -1.0)


def _hidden_cases(rng):
    n, C = int(rng.integers(3, 8)), float(rng.uniform(0.5, 9))
    m = rng.permutation(np.append(rng.uniform(-3, 4, size=n).round(2), [1.0, 2.5, 0.5]))
    yield array_case("all three regimes", m, C)
    yield array_case("on the kink", np.ones(n), C)
    yield array_case("a ceiling of 0", m, 0.0)
    yield array_case("no ceiling", m, np.inf, extreme=True)
    yield array_case("a negative ceiling", m, -C)


def _max_box(m, C, refuse=True):
    if refuse and C < 0:
        raise ValueError("C must not be negative")
    value = np.where(m < 1, C * (1 - m), 0.0)
    return value, np.where(m < 1, C, 0.0), np.where(m <= 1, C, 0.0)


def _hinge_alone(m, C):
    _, low, high = _max_box(m, C)
    return np.maximum(0, 1 - m), low, high


def _always_all(m, C):
    _, low, high = _max_box(m, C)
    return C * (1 - m), np.full_like(low, C), np.full_like(high, C)


def _the_minimum(m, C):
    _max_box(m, C)
    return np.where(m > 1, C * (1 - m), 0.0), np.where(m > 1, C, 0.0), np.where(m >= 1, C, 0.0)


def _only_zero(m, C):
    value, low, _ = _max_box(m, C)
    return value, low, low


def _only_all(m, C):
    value, _, high = _max_box(m, C)
    return value, high, high


def _turned_interval(m, C):
    value, low, high = _max_box(m, C)
    return value, high, low


def _infinity_times_zero(m, C):
    _, low, high = _max_box(m, C)
    return C * np.maximum(0, 1 - m), low, high


def _negative_ceiling(m, C):
    return _max_box(m, C, refuse=False)


EXERCISE = Function(
    "max_box",
    "A maximum over a box",
    2,
    _max_box,
    _cases,
    [
        Mistake(
            "The ceiling is missing: the maximum in (6.3b) is C times the hinge.", _hinge_alone
        ),
        Mistake(
            "You set every price to C. Where m > 1 the line α(1 − m) falls: what is "
            "the best α then?",
            _always_all,
        ),
        Mistake(
            "This is the *smallest* value of α(1 − m). The inspector wants the largest.",
            _the_minimum,
        ),
        Mistake(
            "At m = 1 you return α = 0 only. There α(1 − m) is 0 for every α: the whole box is "
            "best, see section 6.6.",
            _only_zero,
        ),
        Mistake(
            "At m = 1 you return α = C only. There α(1 − m) is 0 for every α: the whole box is "
            "best, see section 6.6.",
            _only_all,
        ),
        Mistake("The two ends change places: the smallest best α comes first.", _turned_interval),
        Mistake(
            "For C = ∞ you multiply ∞ with 0, which is nan. The hard margin (5.5) costs 0 where "
            "the margin is kept.",
            _infinity_times_zero,
        ),
        Mistake(
            "With C below 0 there is no α with 0 ≤ α ≤ C: refuse it with a ValueError.",
            _negative_ceiling,
        ),
    ],
    hidden_cases=_hidden_cases,
    on_success="The first column is C times the hinge; the other two tell the three kinds "
    "of section 6.6 apart.",
    version=2,
)
