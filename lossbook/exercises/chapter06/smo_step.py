"""One step, all cases: two multipliers move, and stay in their boxes.

It teaches the parabola of (6.8) between its walls. Expected are no walls, walls of one of the two
or of each by itself, the wrong direction, a wrong curvature, α for β, steps in one direction
only, and equal petals that are left alone or divided by.
"""

import numpy as np

from lossbook import svm
from lossbook.checking import Function, Mistake
from lossbook.exercises._shared import array_case

_EYE, _ONES = np.eye(2), np.ones((2, 2))


def _cases(rng):
    pair = np.array([1.0, -1.0])
    yield array_case("the top of the parabola", _EYE, pair, 3.0, [0.0, 0.0], 0, 1)
    yield array_case("the top of the parabola", _EYE / 4, pair, 9.0, [0.0, 0.0], 0, 1)
    yield array_case("a wall", _EYE, pair, 0.5, [0.0, 0.0], 0, 1)
    K = np.diag([1.0, 1.0, 0.25])
    one, two = np.array([1.0, -1.0, -1.0]), np.array([1.0, 1.0, -1.0])
    yield array_case("equal labels", K, two, 2.0, [0.0, 1.0, 1.0], 0, 1)
    yield array_case("the wall of i", K, one, 1.0, [0.75, 0.5, 0.25], 0, 2)
    yield array_case("the wall of j", K, two, 1.0, [0.25, 0.5, 0.75], 0, 2)
    K_line = np.outer([1.0, 2.0, 0.0], [1.0, 2.0, 0.0])
    yield array_case("a wall at 0", K_line, two, 1.0, [0.0, 0.25, 0.25], 0, 1)
    for i, j in [(0, 1), (1, 0)]:
        yield array_case("a wall at 0", K_line, -two, 1.0, [0.0, 0.25, 0.25], i, j)
    yield array_case("the other way", _EYE, pair, 3.0, [2.5, 2.5], 0, 1)
    yield array_case("the other way, to a wall", K, one, 1.0, [0.75, 0.5, 0.25], 2, 0)
    yield array_case("the other way, to a wall", K, two, 1.0, [0.25, 0.5, 0.75], 2, 0)
    yield array_case("no room", _EYE, pair, 0.5, [0.5, 0.5], 0, 1)
    yield array_case("equal petals, different labels", 2 * _ONES, pair, 1.5, [0.5, 0.5], 0, 1)
    yield array_case("equal petals, different labels", 2 * _ONES, -pair, 1.5, [0.5, 0.5], 0, 1)
    yield array_case("equal petals, equal labels", _ONES, [1.0, 1.0], 1.5, [0.5, 0.25], 0, 1)
    rounded = np.array([[1.0, 1 + 2**-52], [1 + 2**-52, 1.0]])
    yield array_case("a curvature just below 0", rounded, pair, 1.5, [0.5, 0.5], 0, 1, extreme=True)
    for C in (0.5, 2.0):
        X = rng.normal(size=(6, 2)).round(1)
        share = rng.integers(0, 9, size=3) / 8 * C
        y, alpha = np.repeat([-1.0, 1.0], 3), np.concatenate([share, rng.permutation(share)])
        i, j = map(int, rng.permutation(6)[:2])
        yield array_case("ordinary numbers", X @ X.T, y, C, alpha, i, j)
    yield array_case("i and j the same", _EYE, pair, 3.0, [0.5, 0.5], 1, 1)


def _hidden_cases(rng):
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
            yield array_case(about, *asked)
    K, y, C, alpha, i, _ = asked
    unlike, alike = (0, 3), (0, 1)
    for about, twins in (("different", unlike), ("equal", alike)):
        same = np.arange(6)
        same[twins[1]] = twins[0]
        half = np.full(6, C / 2)
        yield array_case(f"equal petals, {about} labels", K[same][:, same], y, C, half, *twins)
    yield array_case("i and j the same", K, y, C, alpha, i, i)


def _least(a):
    return max(a, 1e-12)


def _curvature(K, i, j):
    return K[i, i] + K[j, j] - 2 * K[i, j]


def _one_step(K, y, C, alpha, i, j, sign=1, curve=_curvature, least=_least, room=None, refuse=True):
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


def _no_walls_and_no_floor(K, y, C, alpha, i, j):
    """As above, and a curvature of 0 is divided by."""
    _smo_step(K, y, C, alpha, i, j)
    r, new = y - K @ (alpha * y), alpha.copy()
    t = (r[i] - r[j]) / _curvature(K, i, j)
    new[i] += y[i] * t
    new[j] -= y[j] * t
    return new


def _forward_wall_only(K, y, C, alpha, i, j):
    beta, new = alpha * y, alpha.copy()
    _smo_step(K, y, C, alpha, i, j)
    r = y - K @ beta
    _, of_i, of_j = _top_and_walls(K, y, C, alpha, i, j)
    t = min((r[i] - r[j]) / _least(_curvature(K, i, j)), of_i[1], of_j[1])
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


EXERCISE = Function(
    "smo_step",
    "One step, all cases",
    3,
    _smo_step,
    _cases,
    [
        Mistake(
            "The step ends at the top of the parabola (6.8) even if that lies beyond a wall. Both "
            "multipliers must stay between 0 and C.",
            _no_walls,
        ),
        Mistake(
            "Nothing cuts the step: it goes to the top of the parabola (6.8) beyond the walls, and "
            "to infinity for equal petals. Both multipliers must stay between 0 and C.",
            _no_walls_and_no_floor,
        ),
        Mistake(
            "The step is cut at the walls ahead only. Where r_i < r_j it goes back, t < 0, and "
            "there are walls there, too.",
            _forward_wall_only,
        ),
        Mistake(
            "Each multiplier is cut to its box by itself, and then one of them has moved farther "
            "than the other: Σ α y changes. Cut the step t, once for both.",
            _each_cut_alone,
        ),
        Mistake("You look at the wall of i only; β_j has a box as well.", _wall_of_i),
        Mistake("You look at the wall of j only; β_i has a box as well.", _wall_of_j),
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
            "Expand ‖x_i − x_j‖² once more: how often does K_ij occur in it?", _mixed_term_once
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
            "pair gains all the way to the wall, see section 6.8.",
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
    hidden_cases=_hidden_cases,
    accepts=_best_step,
    on_success="With a rule that picks the pair and a loop around it, this is a whole solver.",
)
