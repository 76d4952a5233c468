"""Exercises to chapter 6: the hinge."""

import numpy as np

from lossbook import margin, svm
from lossbook.grading import Case, Choice, Function, Mistake, Proof


def _case(about, *args, extreme=False):
    """A Case whose lists are arrays, as the exercises promise."""
    return Case(
        about, tuple(np.array(a) if isinstance(a, list) else a for a in args), extreme=extreme
    )


# ------------------------------------------------------------------------------- the kink


def _kink_cases(rng):
    yield _case("small numbers", [1, 1, -1], [2.0, 0.5, 0.5])
    yield _case("on the kink", [1, -1], [1.0, -1.0])
    yield _case("one sample", [-1], [3.0])
    yield _case("no decision", [1, -1], [0.0, 0.0])
    yield _case("whole numbers", [-1, 1, 1, -1], [3, 3, -2, -1])
    for n in rng.integers(5, 9, size=2):
        y, f = rng.choice([-1.0, 1.0], size=n), rng.normal(size=n).round(2)
        yield _case("ordinary numbers", y, f)
    huge = [1.5e308, -1.5e308, 1.5e308, -1.5e308]
    yield _case("huge scores", [1, 1, -1, -1], huge, extreme=True)
    yield _case("labels 0 and 1", [0, 1], [0.5, 2.0])
    yield _case("shapes that differ", [1, -1], [[0.5], [2.0]])


def _kink_afresh(rng):
    n = int(rng.integers(5, 9))
    y, f = rng.choice([-1.0, 1.0], size=n), rng.uniform(-2, 2, size=n).round(2)
    f[:2] = y[:2] * rng.uniform(1.5, 4, size=2).round(2)  # far outside of the street
    yield _case("small numbers", y, f)
    yield _case("on the kink", np.append(y, [1.0, -1.0]), np.append(f, [1.0, -1.0]))
    yield _case("whole numbers", rng.choice([-1, 1], size=n), rng.integers(-9, 10, size=n))
    huge = rng.uniform(1.0, 1.7, size=n) * 1e308 * y * np.resize([-1, 1], n)
    yield _case("huge scores", y, huge, extreme=True)
    yield _case("labels 0 and 1", np.where(np.arange(n) == 2, 0, y), f)
    yield _case("shapes that differ", y, f[:, None])


def _margins(y, f, labels=True, shapes=True):
    y, f = np.asarray(y, dtype=float), np.asarray(f, dtype=float)
    if (labels and np.any(np.abs(y) != 1)) or (shapes and y.shape != f.shape):
        raise ValueError("labels must be −1 or +1, one for each score")
    return y * f


def _hinge_and_slope(y, f):
    m = _margins(y, f)
    return margin.hinge(m), margin.hinge_gradient(m)


def _the_pull(y, f):
    loss, slope = _hinge_and_slope(y, f)
    return loss, -slope


def _slope_in_score(y, f):
    loss, slope = _hinge_and_slope(y, f)
    return loss, slope * y


def _no_label(y, f):
    f = np.asarray(f) + 0 * _margins(y, f)
    return margin.hinge(f), margin.hinge_gradient(f)


def _perceptron(y, f):
    m = _margins(y, f)
    return np.maximum(0, -m), np.where(m < 0, -1.0, 0.0)


def _squared(y, f):
    m = _margins(y, f)
    return margin.squared_hinge(m), margin.squared_hinge_gradient(m)


def _one_number(y, f):
    loss, slope = _hinge_and_slope(y, f)
    return loss.mean(), slope.mean()


def _never_stops(y, f):
    m = _margins(y, f)
    return np.maximum(0, 1 - m), -np.ones_like(m)


def _zero_by_zero(y, f):
    m = _margins(y, f)
    return np.maximum(0, 1 - m), -np.maximum(0, 1 - m) / np.abs(1 - m)


def _doubles_first(y, f):
    m = _margins(y, f)
    return (1 - m + np.abs(1 - m)) / 2, np.where(m < 1, -1.0, 0.0)


def _any_label(y, f):
    m = _margins(y, f, labels=False)
    return margin.hinge(m), margin.hinge_gradient(m)


def _every_with_every(y, f):
    m = _margins(y, f, shapes=False)
    return margin.hinge(m), margin.hinge_gradient(m)


def _any_subgradient(case, value, expected):
    (loss, slope), (best, derivative) = value, expected
    m = np.asarray(case.args[0]) * case.args[1]
    off = np.abs(loss - best) > 1e-9 * np.abs(best) + 1e-12
    if not np.isfinite(loss).all() or off.any():
        if case.extreme and not np.isfinite(loss).all():
            return "the loss is not finite: 1.5e308 can be held, twice as much cannot"
        return "look at the first of the two, the loss"
    kink = m == 1
    good = (slope >= -1) & (slope <= 0) & (kink | (np.abs(slope - derivative) <= 1e-9))
    if good.all():
        return True
    if np.all(good | kink):
        return "at m = 1 the slope may be any number from −1 to 0"
    return "the losses are right; look at the second of the two, the slope"


KINK = Function(
    "hinge_and_slope",
    "The kink",
    1,
    _hinge_and_slope,
    _kink_cases,
    [
        Mistake(
            "This is the pull, −ℓ′(m). The slope ℓ′(m) is asked for: the loss *falls* when a "
            "short margin grows.",
            _the_pull,
        ),
        Mistake(
            "This is the slope in the score f. In f = y m the chain rule has put a factor y; the "
            "slope in the margin m has none, see (6.6b).",
            _slope_in_score,
        ),
        Mistake("The label does not enter: the margin is m = y f, not f.", _no_label),
        Mistake(
            "Here a sample stops costing as soon as it is on the right side, m > 0. The hinge in "
            "(6.2) wants m ≥ 1.",
            _perceptron,
        ),
        Mistake("This is the squared hinge of (6.13): nothing is squared in (6.2).", _squared),
        Mistake(
            "You average over the samples. One loss and one slope for *each* sample are asked "
            "for, as in (6.2) before the sum.",
            _one_number,
        ),
        Mistake(
            "Your slope is −1 everywhere. Beyond m = 1 the hinge is flat, and (6.6) needs that: "
            "who stands outside of the street does not pull.",
            _never_stops,
        ),
        Mistake(
            "At m = 1 you divide 0 by 0. Any number from −1 to 0 is right there, but nan is none.",
            _zero_by_zero,
        ),
        Mistake(
            "The formula is right, and its sum leaves the range of floats before it is halved. "
            "A maximum adds nothing.",
            _doubles_first,
        ),
        Mistake(
            "Labels 0 and 1 pass. Half of the margins are 0 then, and nobody notices: refuse them "
            "with a ValueError.",
            _any_label,
        ),
        Mistake(
            "Shapes (n,) and (n, 1) must be refused: NumPy multiplies every label with every "
            "score otherwise.",
            _every_with_every,
        ),
    ],
    afresh=_kink_afresh,
    accepts=_any_subgradient,
    done="At the kink anything from −1 to 0 is right; `margin.hinge_gradient` returns 0 there.",
)

# ------------------------------------------------------------------- the maximum over a box


def _box_cases(rng):
    yield _case("small numbers", [-1.0, 3.0], 2.0)
    yield _case("on the kink", [1.0], 2.0)
    yield _case("all three regimes", [0.0, 1.0, 2.0], 0.5)
    for _ in range(2):
        m = rng.normal(size=int(rng.integers(4, 8))).round(2)
        yield _case("ordinary numbers", np.append(m, 1.0), round(rng.uniform(0.5, 9), 2))
    yield _case("an empty budget", [-1.0, 1.0, 3.0], 0.0)
    yield _case("an endless budget", [-1.0, 1.0, 3.0], np.inf, extreme=True)
    yield _case("a negative budget", [0.0, 2.0], -1.0)


def _box_afresh(rng):
    n, C = int(rng.integers(3, 8)), float(rng.uniform(0.5, 9))
    m = rng.permutation(np.append(rng.uniform(-3, 4, size=n).round(2), [1.0, 2.5, 0.5]))
    yield _case("all three regimes", m, C)
    yield _case("on the kink", np.ones(n), C)
    yield _case("an empty budget", m, 0.0)
    yield _case("an endless budget", m, np.inf, extreme=True)
    yield _case("a negative budget", m, -C)


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


def _negative_budget(m, C):
    return _max_box(m, C, refuse=False)


BOX = Function(
    "max_box",
    "A maximum over a box",
    2,
    _max_box,
    _box_cases,
    [
        Mistake("The budget is missing: the maximum in (6.3b) is C times the hinge.", _hinge_alone),
        Mistake(
            "You spend all of C on every sample. Where m > 1 the line α(1 − m) falls: what is "
            "the best α then?",
            _always_all,
        ),
        Mistake(
            "This is the *smallest* value of α(1 − m). The missing operation in the note is a max.",
            _the_minimum,
        ),
        Mistake(
            "At m = 1 you return α = 0 only. There α(1 − m) is 0 for every α: the whole box is "
            "best, see (6.6).",
            _only_zero,
        ),
        Mistake(
            "At m = 1 you return α = C only. There α(1 − m) is 0 for every α: the whole box is "
            "best, see (6.6).",
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
            _negative_budget,
        ),
    ],
    afresh=_box_afresh,
    done="The first column is C times the hinge; the other two are the three regimes of (6.6).",
)

# ----------------------------------------------------------------------------- the regimes

REGIMES = Choice(
    "regimes",
    "Five flowers, five multipliers",
    2,
    {
        "a": "2, 0.5, 1, 0, 2",
        "b": "2, 0, 0.6, 0, 2.6",
        "c": "2, 0.5, 0.5, 0, 2",
        "d": "2, 0.5, 1, 0.5, 2",
        "e": "0.6, 0.5, 1.2, 0, 1.3",
    },
    "c",
    {
        "a": "Each multiplier suits its margin. But add them up for the two kinds: Σ α y is "
        "0.5, and (6.4) wants the two kinds to pull equally hard.",
        "b": "The last flower is farthest on the wrong side, and still pulls with C = 2 and no "
        "more: the box of (6.5) has an upper end.",
        "d": "The fourth flower stands outside of the street, m = 1.7. By (6.6) it does not pull.",
        "e": "The first and the last are the slack, 0.6 and 1.3. A multiplier is C times "
        "the *slope* of the loss, not the loss: see (6.6b).",
    },
    because="By (6.6) the first and the last spend all of C = 2 and the fourth nothing. They "
    "balance, so by Σ α y = 0 the two on the edge have the same α: 0.5 is possible, and so is any "
    "other number from 0 to 2. The margins alone do not tell.",
    variable="possible",
)

# --------------------------------------------------------------------------- one SMO step

_EYE, _ONES = np.eye(2), np.ones((2, 2))


def _step_cases(rng):
    pair = np.array([1.0, -1.0])
    yield _case("the top of the parabola", _EYE, pair, 3.0, [0.0, 0.0], 0, 1)
    yield _case("the top of the parabola", _EYE / 4, pair, 9.0, [0.0, 0.0], 0, 1)
    yield _case("a wall", _EYE, pair, 0.5, [0.0, 0.0], 0, 1)
    K = np.diag([1.0, 1.0, 0.25])
    one, two = np.array([1.0, -1.0, -1.0]), np.array([1.0, 1.0, -1.0])
    yield _case("equal labels", K, two, 2.0, [0.0, 1.0, 1.0], 0, 1)
    yield _case("the wall of i", K, one, 1.0, [0.75, 0.5, 0.25], 0, 2)
    yield _case("the wall of j", K, two, 1.0, [0.25, 0.5, 0.75], 0, 2)
    K_line = np.outer([1.0, 2.0, 0.0], [1.0, 2.0, 0.0])
    yield _case("a wall at 0", K_line, two, 1.0, [0.0, 0.25, 0.25], 0, 1)
    for i, j in [(0, 1), (1, 0)]:
        yield _case("a wall at 0", K_line, -two, 1.0, [0.0, 0.25, 0.25], i, j)
    yield _case("the other way", _EYE, pair, 3.0, [2.5, 2.5], 0, 1)
    yield _case("the other way, to a wall", K, one, 1.0, [0.75, 0.5, 0.25], 2, 0)
    yield _case("the other way, to a wall", K, two, 1.0, [0.25, 0.5, 0.75], 2, 0)
    yield _case("no room", _EYE, pair, 0.5, [0.5, 0.5], 0, 1)
    yield _case("equal petals, different labels", 2 * _ONES, pair, 1.5, [0.5, 0.5], 0, 1)
    yield _case("equal petals, different labels", 2 * _ONES, -pair, 1.5, [0.5, 0.5], 0, 1)
    yield _case("equal petals, equal labels", _ONES, [1.0, 1.0], 1.5, [0.5, 0.25], 0, 1)
    rounded = np.array([[1.0, 1 + 2**-52], [1 + 2**-52, 1.0]])
    yield _case("a curvature just below 0", rounded, pair, 1.5, [0.5, 0.5], 0, 1, extreme=True)
    for C in (0.5, 2.0):
        X = rng.normal(size=(6, 2)).round(1)
        share = rng.integers(0, 9, size=3) / 8 * C
        y, alpha = np.repeat([-1.0, 1.0], 3), np.concatenate([share, rng.permutation(share)])
        i, j = map(int, rng.permutation(6)[:2])
        yield _case("ordinary numbers", X @ X.T, y, C, alpha, i, j)
    yield _case("i and j the same", _EYE, pair, 3.0, [0.5, 0.5], 1, 1)


def _step_afresh(rng):
    def question():
        """A random pair; sums and products of these numbers are exact."""
        X, C = rng.integers(-6, 7, size=(6, 2)) / 4, float(rng.choice([0.25, 0.5, 1.0, 4.0]))
        share = rng.integers(0, 9, size=3) / 8 * C
        y, alpha = np.repeat([-1.0, 1.0], 3), np.concatenate([share, rng.permutation(share)])
        i, j = map(int, rng.permutation(6)[:2])
        return X @ X.T, y, C, alpha, i, j

    wanted = dict(_PLACES)
    while wanted:
        asked = question()
        top, of_i, of_j = _top_and_walls(*asked)
        for about in [about for about, test in wanted.items() if test(top, of_i, of_j)]:
            del wanted[about]
            yield _case(about, *asked)
    K, y, C, alpha, i, _ = asked
    unlike, alike = (0, 3), (0, 1)
    for about, twins in (("different", unlike), ("equal", alike)):
        same = np.arange(6)
        same[twins[1]] = twins[0]
        half = np.full(6, C / 2)
        yield _case(f"equal petals, {about} labels", K[same][:, same], y, C, half, *twins)
    yield _case("i and j the same", K, y, C, alpha, i, i)


def _least(a):
    return max(a, 1e-12)


def _curvature(K, i, j):
    return K[i, i] + K[j, j] - 2 * K[i, j]


def _one_step(K, y, C, alpha, i, j, sign=1, curve=_curvature, least=_least, room=None,
              refuse=True):
    """The new β, and the length t; the keywords are what the mistakes change."""
    if refuse and i == j:
        raise ValueError("one multiplier cannot move alone")
    beta = alpha * y
    lo, hi = np.minimum(0, C * y), np.maximum(0, C * y)
    r = y - K @ beta
    walls = [(lo[i] - beta[i], hi[i] - beta[i]), (beta[j] - hi[j], beta[j] - lo[j])]
    (a, b), (c, d) = walls if room is None else [walls[k] for k in room]
    t = np.clip(sign * (r[i] - r[j]) / least(curve(K, i, j)), max(a, c), min(b, d))
    new = beta.copy()
    new[i] += t
    new[j] -= t
    return new, t


def _smo_step(K, y, C, alpha, i, j, **changed):
    return _one_step(K, y, C, alpha, i, j, **changed)[0] * y


def _no_walls(K, y, C, alpha, i, j):
    _smo_step(K, y, C, alpha, i, j)  # refuses what is no pair
    r, new = y - K @ (alpha * y), alpha.copy()
    t = (r[i] - r[j]) / _least(_curvature(K, i, j))
    new[i] += y[i] * t
    new[j] -= y[j] * t
    return new


def _each_cut_alone(K, y, C, alpha, i, j):
    return np.clip(_no_walls(K, y, C, alpha, i, j), 0, C)


def _wall_of_i(*args):
    return _smo_step(*args, room=(0, 0))


def _wall_of_j(*args):
    return _smo_step(*args, room=(1, 1))


def _downhill(*args):
    return _smo_step(*args, sign=-1)


def _no_mixed_term(*args):
    return _smo_step(*args, curve=lambda K, i, j: K[i, i] + K[j, j])


def _mixed_term_once(*args):
    return _smo_step(*args, curve=lambda K, i, j: K[i, i] + K[j, j] - K[i, j])


def _alpha_for_beta(K, y, C, alpha, i, j):
    t, new = _one_step(K, y, C, alpha, i, j)[1], alpha.copy()
    new[i] += t
    new[j] -= t
    return new


def _only_forth(K, y, C, alpha, i, j):
    new, t = _one_step(K, y, C, alpha, i, j)
    return new * y if t > 0 else alpha


def _skips_equal(K, y, C, alpha, i, j):
    new = _smo_step(K, y, C, alpha, i, j)
    return alpha if _curvature(K, i, j) <= 1e-12 else new


def _plain_quotient(K, y, C, alpha, i, j):
    return _smo_step(K, y, C, alpha, i, j, least=lambda a: a)


def _moves_alone(*args):
    return _smo_step(*args, refuse=False)


def _top_and_walls(K, y, C, alpha, i, j):
    """The best t if there were no walls, and the (lowest, highest) t that i and j allow."""
    beta, a = alpha * y, _curvature(K, i, j)
    lo, hi = np.minimum(0, C * y), np.maximum(0, C * y)
    r = y - K @ beta
    top = (r[i] - r[j]) / a if a > 0 else np.nan
    return top, (lo[i] - beta[i], hi[i] - beta[i]), (beta[j] - hi[j], beta[j] - lo[j])


_PLACES = {
    "the top of the parabola": lambda top, of_i, of_j: 0 < top < min(of_i[1], of_j[1]),
    "the other way": lambda top, of_i, of_j: max(of_i[0], of_j[0]) < top < 0,
    "the wall of i": lambda top, of_i, of_j: 0 < of_i[1] < min(top, of_j[1]),
    "the wall of j": lambda top, of_i, of_j: 0 < of_j[1] < min(top, of_i[1]),
    "the other way, to a wall": lambda top, of_i, of_j: (
        top < max(of_i[0], of_j[0]) < 0 and of_i[0] != of_j[0]
    ),
}


def _best_step(case, new, best):
    K, y, C, alpha, i, j = case.args
    if not np.isfinite(new).all():
        return "a multiplier is not finite: what is the curvature of this pair?"
    others = np.delete(new - alpha, [i, j])
    if np.any(np.abs(others) > 1e-12):
        return f"a multiplier other than {i} and {j} has moved"
    if new.min() < -1e-9 or new.max() > C + 1e-9:
        return f"a multiplier leaves its box, from 0 to {C:g}"
    if abs((new - alpha) @ y) > 1e-9:
        return f"Σ α y was {alpha @ y + 0.0:.6g} and is now {new @ y + 0.0:.6g}"
    r = y - K @ (alpha * y)
    flat = _curvature(K, i, j) < 1e-12 and abs(r[i] - r[j]) < 1e-12
    if flat or np.all(np.abs(new - best) <= 1e-9):
        return True
    before, mine, top = (svm.dual_objective(K, y, a) for a in (alpha, new, best))
    if mine < before - 1e-12:
        return f"the dual objective falls, from {before:.6g} to {mine:.6g}"
    return f"the dual objective of your step is {mine:.6g}, and {top:.6g} can be reached"


STEP = Function(
    "smo_step",
    "One step, all cases",
    3,
    _smo_step,
    _step_cases,
    [
        Mistake(
            "The step ends at the top of the parabola (6.8) even if that lies beyond a wall. Both "
            "multipliers must stay between 0 and C.",
            _no_walls,
        ),
        Mistake(
            "Each multiplier is cut to its box by itself, and then one of them has moved farther "
            "than the other: Σ α y changes. Cut the step t, once for both.",
            _each_cut_alone,
        ),
        Mistake("You look at the wall of i only; β_j stands in a box as well.", _wall_of_i),
        Mistake("You look at the wall of j only; β_i stands in a box as well.", _wall_of_j),
        Mistake(
            "The step goes downhill: the dual is maximised, and by (6.8) t has the sign of "
            "r_i − r_j.",
            _downhill,
        ),
        Mistake(
            "The curvature in (6.8) is ‖x_i − x_j‖². Expand it: a term with K_ij is missing.",
            _no_mixed_term,
        ),
        Mistake(
            "Expand ‖x_i − x_j‖² once more: how often does K_ij stand in it?", _mixed_term_once
        ),
        Mistake(
            "It is β_i = α_i y_i that grows by t, and β_j that shrinks. What does α do where the "
            "label is −1?",
            _alpha_for_beta,
        ),
        Mistake(
            "Where r_i < r_j the pair gains as well, by a step the other way: t may be negative.",
            _only_forth,
        ),
        Mistake(
            "You leave equal petals alone. With a = 0 the parabola is a straight line, and the "
            "pair gains all the way to the wall (step 4 in section 6.8).",
            _skips_equal,
        ),
        Mistake(
            "You divide by the curvature as it comes. It may be 0, and rounding may have left "
            "it just below 0, where the step then runs to the wrong wall.",
            _plain_quotient,
        ),
        Mistake(
            "With i = j there is no pair, and one multiplier cannot move alone: refuse it with a "
            "ValueError.",
            _moves_alone,
        ),
    ],
    afresh=_step_afresh,
    accepts=_best_step,
    done="With a rule that picks the pair (6.9) and a loop around it, this is a whole solver.",
)

# ------------------------------------------------------------- b, if no multiplier is free


def _interval_cases(rng):
    pair = np.array([1.0, -1.0])
    yield _case("nobody free", _EYE, pair, 0.5, [0.5, 0.5])
    yield _case("two free multipliers", _EYE, pair, 3.0, [1.0, 1.0])
    yield _case("a contradictory pair", 4 * _ONES, pair, 3.0, [3.0, 3.0])
    yield _case("one class", np.array([[4.0, 2.0], [2.0, 1.0]]), [1.0, 1.0], 2.0, [0.0, 0.0])
    yield _case("one class", np.array([[4.0]]), [-1.0], 2.0, [0.0])
    yield _case("an empty budget", _EYE, pair, 0.0, [0.0, 0.0])
    X, y = np.array([[0.0], [1.0], [3.0], [5.0]]), np.array([-1.0, -1.0, 1.0, 1.0])
    alpha = np.array([0.0, 0.25, 0.25, 0.0])
    yield _case("nobody free", X @ X.T, y, 0.25, alpha)
    ghosts = alpha + np.array([1e-17, 0, -(2**-54), 1e-17])
    yield _case("ghosts", X @ X.T, y, 0.25, ghosts, extreme=True)
    for C in (0.01, 0.5, 50.0):
        y = np.repeat([-1.0, 1.0], 4)
        X = (rng.normal(size=(8, 2)) + 0.7 * y[:, None]).round(1)
        K = X @ X.T
        yield _case("ordinary numbers", K, y, C, svm.smo(K, y, C).alpha)
    yield _case("no b at all", _EYE, pair, 3.0, [0.75, 0.75])


def _interval_afresh(rng):
    # Four points of a line, the two inner ones at C. The outer ones hold b more tightly than
    # these do: that needs a gap between them that is wider than the street is.
    gap, share = rng.integers(1, 40) / 4, rng.choice([0.25, 0.5])
    C, street = 2 * share / gap**2, gap / share
    low = (street - gap) * rng.integers(1, 8) / 8
    high = street * rng.integers(1, 8) / 8 + street - gap - low
    x = rng.integers(-40, 40) / 4 + np.array([-low, 0.0, gap, gap + high])
    order, sign = rng.permutation(4), rng.choice([-1, 1])
    K, y = np.outer(x, x)[order][:, order], sign * np.array([-1.0, -1.0, 1.0, 1.0])[order]
    alpha = np.array([0.0, C, C, 0.0])[order]
    yield _case("nobody free", K, y, C, alpha)
    ghosts = np.array([1e-15, -(2**-52), 2**-52, 1e-15])[order] * C
    yield _case("ghosts", K, y, C, np.maximum(alpha + ghosts, 0), extreme=True)
    n = int(rng.integers(2, 6))
    X = rng.normal(size=(n, 2)).round(2)
    yield _case("one class", X @ X.T, np.full(n, 1.0), C, np.zeros(n))
    yield _case("one class", X @ X.T, np.full(n, -1.0), C, np.zeros(n))
    yield _case("no b at all", K, y, C, np.full(4, C / 2))


def _ends(K, y, C, alpha, near=1e-9, refuse=True, shift=1, signed=True, ask=None):
    """The reference; the keywords are what the mistakes change."""
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
    return _ends(*args, ask=lambda y, zero, full, grow, shrink: (grow & ~zero, shrink & ~zero))


def _all_outside(*args):
    return _ends(*args, ask=lambda y, zero, full, grow, shrink: (y > 0, y < 0))


def _turned_ends(*args):
    return _ends(*args)[::-1]


def _middle(*args):
    low, high = _ends(*args)
    return (low + high) / 2, (low + high) / 2


def _believes_in_ghosts(*args):
    return _ends(*args, near=0)


def _no_label_in_r(*args):
    return _ends(*args, shift=0, refuse=False)


def _no_label_in_w(*args):
    return _ends(*args, signed=False, refuse=False)


def _sign_of_r(*args):
    low, high = _ends(*args)
    return -high, -low


def _needs_both(*args):
    low, high = _ends(*args)
    if np.isinf([low, high]).any():
        raise ValueError("max() of an empty array")
    return low, high


def _takes_anything(*args):
    return _ends(*args, refuse=False)


INTERVAL = Function(
    "bias_interval",
    "Where is b?",
    3,
    _ends,
    _interval_cases,
    [
        Mistake(
            "Samples with α = 0 are left out. They must stay outside of the street, and that "
            "holds b as well: see the four cases after (6.10).",
            _only_supporters,
        ),
        Mistake(
            "You ask every margin to be at least 1. Where α = C it must be at most 1: "
            "the inequality for b turns round.",
            _all_outside,
        ),
        Mistake("The two ends change places: the lower one comes first.", _turned_ends),
        Mistake(
            "This is the middle of the interval, twice. Its two ends are asked for.", _middle
        ),
        Mistake(
            "Ghosts: an α of 1e-17 is a rounded zero, not a free multiplier (trap 2). Compare "
            "with 1e-9 C.",
            _believes_in_ghosts,
        ),
        Mistake(
            "By (6.10) the b that puts i on its edge is r_i = y_i − wᵀx_i: the label is missing.",
            _no_label_in_r,
        ),
        Mistake("The labels are missing in w = Σ α_i y_i x_i, see (6.4).", _no_label_in_w),
        Mistake(
            "The sign is turned round: r_i is y_i − wᵀx_i, and at m_i = 1 it *is* b (6.10).",
            _sign_of_r,
        ),
        Mistake(
            "If nothing holds b from one side, that end is infinite; a maximum over nobody is −∞.",
            _needs_both,
        ),
        Mistake(
            "If the lower end lies above the upper one, no b fits, and α is not optimal: "
            "refuse it with a ValueError.",
            _takes_anything,
        ),
    ],
    afresh=_interval_afresh,
    done="Any b between the two is right. `KernelSVM` takes the middle, as scikit-learn does.",
)

# ----------------------------------------------------------------------- the squared hinge


def _squared_dual():
    from lossbook.derive import Exercise

    return Exercise(
        "The dual of the squared hinge",
        r"""
Let i, j \in \{1,\dots,n\}, x_i \in \mathbb{R}^d, y_i \in \{-1, +1\}, b \in \mathbb{R}
Let C > 0, \alpha_i \ge 0
Define \xi_i = \frac{\alpha_i}{2 C}
Define w = \sum_j \alpha_j y_j x_j
Define m_i = y_i (w^\top x_i + b)
Assume \sum_i \alpha_i y_i = 0
""",
        start=r"\frac12 \lVert w \rVert^2 + C \sum_i \xi_i^2 + \sum_i \alpha_i (1 - \xi_i - m_i)",
        goal=r"\sum_i \alpha_i - \frac12 \lVert w \rVert^2 - \frac{1}{4 C} \sum_i \alpha_i^2",
        at_least=3,
    )


_SLACK = r" + \sum_i (C \xi_i^2 - \alpha_i \xi_i)"
_SORTED = (
    r"= \frac12 \lVert w \rVert^2 + \sum_i \alpha_i - \sum_i \alpha_i m_i" + _SLACK + "\n"
)
_INSERTED = r"= \sum_i \alpha_i - \frac12 \lVert w \rVert^2" + _SLACK

SQUARED = Proof(
    "squared_dual",
    "The squared hinge",
    3,
    _squared_dual,
    solution=_SORTED
    + _INSERTED
    + "   % by (A)\n"
    + r"= \sum_i \alpha_i - \frac12 \lVert w \rVert^2 - \frac{1}{4 C} \sum_i \alpha_i^2",
    false=[
        (
            r"= \sum_i \alpha_i - \frac12 \lVert w \rVert^2 - \frac{1}{2 C} \sum_i \alpha_i^2"
            "   % by (A)",
            1,
        ),
        (_SORTED + _INSERTED, 2),  # true under (A) only, which it does not cite
        (
            _SORTED
            + r"= \sum_i \alpha_i + \frac12 \lVert w \rVert^2"
            + _SLACK
            + "   % by (A)",
            2,
        ),
    ],
    done="This is (6.5) with K_ii + 1/(2C) on the diagonal and no upper end: `svm.smo` solves it.",
)

EXERCISES = [KINK, BOX, REGIMES, STEP, INTERVAL, SQUARED]
