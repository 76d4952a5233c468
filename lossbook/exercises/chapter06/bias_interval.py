"""Where is b? The interval of all b that fit, also if no multiplier is free.

It teaches that every sample holds b from one side or from both (6.10). Expected are samples that
are left out or held as if all were outside of the corridor, exchanged ends, the middle alone,
ghosts that are taken for free multipliers, missing labels and signs, an end that nothing holds,
and an α that leaves no b at all.
"""

import numpy as np

from lossbook import svm
from lossbook.checking import Function, Mistake
from lossbook.exercises._shared import array_case

_EYE = np.eye(2)


def _cases(rng):
    pair = np.array([1.0, -1.0])
    yield array_case("no free multiplier", _EYE, pair, 0.5, [0.5, 0.5])
    yield array_case("two free multipliers", _EYE, pair, 3.0, [1.0, 1.0])
    yield array_case("a contradictory pair", np.full((2, 2), 4.0), pair, 3.0, [3.0, 3.0])
    yield array_case("one class", np.array([[4.0, 2.0], [2.0, 1.0]]), [1.0, 1.0], 2.0, [0.0, 0.0])
    yield array_case("one class", np.diag([4.0, 1.0, 9.0]), [-1.0, -1.0, -1.0], 2.0, [0.0] * 3)
    yield array_case("a ceiling of 0", _EYE, pair, 0.0, [0.0, 0.0])
    X, y = np.array([[0.0], [1.0], [3.0], [5.0]]), np.array([-1.0, -1.0, 1.0, 1.0])
    alpha = np.array([0.0, 0.25, 0.25, 0.0])
    yield array_case("no free multiplier", X @ X.T, y, 0.25, alpha)
    ghosts = alpha + np.array([1e-17, 0, -(2**-54), 1e-17])
    yield array_case("ghosts", X @ X.T, y, 0.25, ghosts, extreme=True)
    for C in (0.01, 0.5, 50.0):
        y = np.repeat([-1.0, 1.0], 4)
        X = (rng.normal(size=(8, 2)) + 0.7 * y[:, None]).round(1)
        K = X @ X.T
        yield array_case("ordinary numbers", K, y, C, svm.smo(K, y, C).alpha)
    yield array_case("no b at all", _EYE, pair, 3.0, [0.75, 0.75])


def _hidden_cases(rng):
    # Four points of a line, the two inner ones at C. The outer ones hold b more tightly than
    # these do: that needs a gap between them that is wider than the corridor is.
    gap, share = rng.integers(1, 40) / 4, rng.choice([0.25, 0.5])
    C, width = 2 * share / gap**2, gap / share
    low = (width - gap) * rng.integers(1, 8) / 8
    high = width * rng.integers(1, 8) / 8 + width - gap - low
    x = rng.integers(-40, 40) / 4 + np.array([-low, 0.0, gap, gap + high])
    order, sign = rng.permutation(4), rng.choice([-1, 1])
    K, y = np.outer(x, x)[order][:, order], sign * np.array([-1.0, -1.0, 1.0, 1.0])[order]
    alpha = np.array([0.0, C, C, 0.0])[order]
    yield array_case("no free multiplier", K, y, C, alpha)
    ghosts = np.array([1e-15, -(2**-52), 2**-52, 1e-15])[order] * C
    yield array_case("ghosts", K, y, C, np.maximum(alpha + ghosts, 0), extreme=True)
    n = int(rng.integers(2, 6))
    X = rng.normal(size=(n, 2)).round(2)
    yield array_case("one class", X @ X.T, np.full(n, 1.0), C, np.zeros(n))
    yield array_case("one class", X @ X.T, np.full(n, -1.0), C, np.zeros(n))
    yield array_case("no b at all", K, y, C, np.full(4, C / 2))


def _variant(K, y, C, alpha, near=1e-9, refuse=True, shift=1, signed=True, ask=None):
    """`svm.bias_interval` with keywords for what the mistakes change."""
    r = shift * y - K @ (alpha * y if signed else alpha)
    zero, full = alpha <= near * C, alpha >= C - near * C
    grow, shrink = np.where(y > 0, ~full, ~zero), np.where(y > 0, ~zero, ~full)
    if ask is not None:
        grow, shrink = ask(y, zero, full, grow, shrink)
    low, high = np.max(r[grow], initial=-np.inf), np.min(r[shrink], initial=np.inf)
    if refuse and low > high + 1e-6:
        raise ValueError("no b fits: alpha is not optimal")
    return low, high


def _only_supporters(*args):
    return _variant(*args, ask=lambda y, zero, full, grow, shrink: (grow & ~zero, shrink & ~zero))


def _all_outside(*args):
    return _variant(*args, ask=lambda y, zero, full, grow, shrink: (y > 0, y < 0))


def _turned_ends(*args):
    return svm.bias_interval(*args)[::-1]


def _exchanged(*args):
    """α may grow where it may shrink, and the other way round."""
    return _variant(*args, ask=lambda y, zero, full, grow, shrink: (shrink, grow))


def _exchanged_and_taken(*args):
    return _variant(*args, refuse=False, ask=lambda y, zero, full, grow, shrink: (shrink, grow))


def _mean_of_free(K, y, C, alpha):
    """The mean r of the free multipliers, and the interval where none is free."""
    free = (alpha > 1e-9 * C) & (alpha < C - 1e-9 * C)
    if not free.any():
        return svm.bias_interval(K, y, C, alpha)
    return (np.mean((y - K @ (alpha * y))[free]),) * 2


def _mean_of_free_only(K, y, C, alpha):
    free = (alpha > 1e-9 * C) & (alpha < C - 1e-9 * C)
    return (np.mean((y - K @ (alpha * y))[free]),) * 2


def _middle(*args):
    low, high = svm.bias_interval(*args)
    return (low + high) / 2, (low + high) / 2


def _believes_in_ghosts(*args):
    return _variant(*args, near=0)


def _no_label_in_r(*args):
    return _variant(*args, shift=0, refuse=False)


def _no_label_in_w(*args):
    return _variant(*args, signed=False, refuse=False)


def _sign_of_r(*args):
    low, high = svm.bias_interval(*args)
    return -high, -low


def _needs_both(*args):
    low, high = svm.bias_interval(*args)
    if np.isinf([low, high]).any():
        raise ValueError("max() of an empty array")
    return low, high


def _takes_anything(*args):
    return _variant(*args, refuse=False)


EXERCISE = Function(
    "bias_interval",
    "Where is b?",
    3,
    svm.bias_interval,
    _cases,
    [
        Mistake(
            "Samples with α = 0 are left out. They must stay outside of the corridor, and "
            "that holds b as well: see the four cases after (6.10).",
            _only_supporters,
        ),
        Mistake(
            "You ask every margin to be at least 1. Where α = C it must be at most 1: "
            "the inequality for b turns round.",
            _all_outside,
        ),
        Mistake("The two ends change places: the lower one comes first.", _turned_ends),
        Mistake(
            "Above and below are exchanged: b lies *above* every r_i whose β_i may grow, and below "
            "every one whose β_i may shrink, see (6.10).",
            _exchanged,
        ),
        Mistake(
            "Above and below are exchanged, and low > high is not refused: b lies *above* every "
            "r_i whose β_i may grow, and below every one whose β_i may shrink, see (6.10).",
            _exchanged_and_taken,
        ),
        Mistake(
            "You take the mean over the free multipliers and look at no other. If α is not "
            "optimal they contradict each other, and no b fits.",
            _mean_of_free,
        ),
        Mistake(
            "This is the mean over the free multipliers. There need not be one: then the samples "
            "at the ends of the box hold b between two ends (6.10).",
            _mean_of_free_only,
        ),
        Mistake("This is the middle of the interval, twice. Its two ends are asked for.", _middle),
        Mistake(
            "Ghosts: an α of 1e-17 is a rounded zero, not a free multiplier (trap 2). Compare "
            "with 1e-9 C.",
            _believes_in_ghosts,
        ),
        Mistake(
            "By (6.10) the b that puts i on its edge is r_i = y_i − wᵀx_i: the label is missing.",
            _no_label_in_r,
        ),
        Mistake("The labels are missing in w = Σ α_i y_i x_i, see (6.4a).", _no_label_in_w),
        Mistake(
            "The sign is turned round: r_i is y_i − wᵀx_i, and at m_i = 1 it *is* b (6.10).",
            _sign_of_r,
        ),
        Mistake(
            "If nothing holds b from one side, that end is infinite; the maximum of nothing is −∞.",
            _needs_both,
        ),
        Mistake(
            "If the lower end lies above the upper one, no b fits, and α is not optimal: "
            "refuse it with a ValueError.",
            _takes_anything,
        ),
    ],
    hidden_cases=_hidden_cases,
    on_success="Any b between the two is right. `KernelSVM` takes the middle, and where no "
    "multiplier is free scikit-learn does so, too.",
    version=3,
)
