"""Six flowers: the prices of the hard margin, by trying every set of points on the edge.

It teaches that prices are not negative, balance, and are paid on the edge only (5.10b). Expected
are the first set that comes, the closest pair, all points on the edge, signed prices, ceilings, a
line through the origin, and an answer where no line separates. The bound that the prices reach
is compared, since more than one set of prices may be best.
"""

from itertools import product

import numpy as np

from lossbook import svm
from lossbook.checking import Function, Mistake
from lossbook.exercises._shared import array_case
from lossbook.exercises.chapter05.lagrangian import FLOWERS


def _cases(rng):
    yield array_case("two points", [[0.0], [2.0]], [-1, 1])
    yield array_case("four points of a line", [[0.0], [1.0], [4.0], [9.0]], [-1, -1, 1, 1])
    yield array_case("three on the edge", [[0.0, 0.0], [2.0, 1.0], [2.0, -1.0]], [-1, 1, 1])
    yield array_case("prices above 1", np.vstack([FLOWERS, [[4.7, 1.4]]]), [-1, 1, 1])
    box = [[5.0, 5.0], [5.0, 6.0], [7.0, 5.0], [7.0, 6.0]]
    yield array_case("more on the edge than needed", box, [1, 1, -1, -1])
    twins = [[0.0, 0.0], [2.0, 1.0], [2.0, 1.0], [3.0, -1.0], [2.0, -1.0]]
    yield array_case("twins", twins, [-1, 1, 1, 1, 1])
    for d in (2, 2, 3):
        y = rng.permutation([-1, -1, -1, 1, 1, 1])
        X, way = rng.normal(size=(6, d)), rng.normal(size=d)
        way /= np.linalg.norm(way)
        ahead = X @ way
        X = X + np.outer(y * (np.abs(ahead) + 0.4) - ahead, way) + 1
        yield array_case("six points", X.round(2), y)
    xor = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    yield array_case("XOR", xor, [-1, 1, 1, -1])
    yield array_case("one point of both classes", [[1.0, 2.0], [1.0, 2.0]], [-1, 1])
    inside = [[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [1.0, 1.0]]
    yield array_case("one inside of the others", inside, [1, 1, 1, -1])


def _hidden_cases(rng):
    def eighths(*shape):
        return rng.integers(-40, 41, size=shape) / 8

    corner, u = eighths(2), (rng.integers(8, 40, size=2) / 8) * rng.choice([-1, 1], size=2)
    across = np.array([-u[1], u[0]])
    aside = across * rng.integers(2, 8) / 8 + u * rng.integers(-4, 5) / 8
    yield array_case("two points", np.array([corner, corner + u]), [-1, 1])
    square = corner + np.array([0 * u, aside, u, u + aside])
    xor = rng.permutation(4)
    yield array_case("XOR", square[xor], np.array([-1, 1, 1, -1])[xor])
    step = u / np.linalg.norm(u) * rng.uniform(0.3, 0.9)
    points = corner + np.array([0 * u, step, 2 * step + across, 3 * step - across])
    yield array_case("prices above 1", points, [-1, 1, 1, 1])
    inside = corner + (u + aside) / 4
    three = np.array([corner, corner + u, corner + aside, inside])
    sign = int(rng.choice([-1, 1]))
    yield array_case("one inside of the others", three, [sign, sign, sign, -sign])
    both = np.array([corner, corner + u, corner])
    yield array_case("one point of both classes", both, [sign, sign, -sign])
    twins = np.array([corner, corner + u, corner + u, corner + 2 * u + aside])
    yield array_case("twins", twins, [-1, 1, 1, 1])


def _sets(X, y):
    """Prices and offset for each set of points that are put on the edge, where there is one."""
    for chosen in product([False, True], repeat=len(y)):
        S = np.array(chosen)
        Z = y[S, None] * X[S]
        A = np.block([[Z @ Z.T, y[S, None]], [y[None, S], np.zeros((1, 1))]])
        if np.linalg.matrix_rank(A) == len(A):
            *prices, b = np.linalg.solve(A, np.append(np.ones(S.sum()), 0.0))
            alpha = np.zeros(len(y))
            alpha[S] = prices
            if alpha.min() >= 0:
                yield alpha, y * (X @ ((alpha * y) @ X) + b)


def _table(X, y):
    return np.asarray(X, dtype=float), np.asarray(y, dtype=float)


def _hard_margin(X, y):
    for alpha, m in _sets(*_table(X, y)):
        if m.min() > 1 - 1e-9:
            return alpha
    raise ValueError("no line separates the two classes")


def _dual(X, y, alpha):
    return svm.dual_objective(svm.linear_kernel(X), y, alpha)


def _first_set(X, y):
    X, y = _table(X, y)
    for alpha, _ in _sets(X, y):
        if alpha.any():
            return alpha
    raise ValueError("no set")


def _first_set_of_all(X, y):
    """The first set with prices that are not negative: one point alone, with the price 0."""
    return next(alpha for alpha, _ in _sets(*_table(X, y)))


def _exact_margins(X, y):
    for alpha, m in _sets(*_table(X, y)):
        if m.min() >= 1:
            return alpha
    raise ValueError("no line separates the two classes")


def _never_refuses(X, y):
    found = [alpha for alpha, _ in _sets(*_table(X, y))]
    return max(found, key=lambda alpha: _dual(X, y, alpha), default=np.zeros(len(y)))


def _closest_pair(X, y):
    X, y = _table(X, y)
    pairs = [(i, j) for i in range(len(y)) for j in range(i) if y[i] != y[j]]
    i, j = min(pairs, key=lambda pair: np.linalg.norm(X[pair[0]] - X[pair[1]]))
    alpha = np.zeros(len(y))
    if np.all(X[i] == X[j]):
        raise ValueError("the same point")
    alpha[[i, j]] = 2 / np.sum((X[i] - X[j]) ** 2)
    return alpha


def _all_on_the_edge(X, y):
    X, y = _table(X, y)
    Z = y[:, None] * X
    A = np.block([[Z @ Z.T, y[:, None]], [y[None, :], np.zeros((1, 1))]])
    return np.linalg.lstsq(A, np.append(np.ones(len(y)), 0.0), rcond=None)[0][:-1]


def _signed(X, y):
    return np.asarray(y) * _hard_margin(X, y)


def _ceiling_one(X, y):
    return svm.smo(svm.linear_kernel(X), y, C=1.0).alpha


def _high_ceiling(X, y):
    return svm.smo(svm.linear_kernel(X), y, C=1e6).alpha


def _through_the_origin(X, y):
    X, y = _table(X, y)
    for chosen in product([False, True], repeat=len(y)):
        S = np.array(chosen)
        Z = y[S, None] * X[S]
        if np.linalg.matrix_rank(Z) == len(Z):
            alpha = np.zeros(len(y))
            alpha[S] = np.linalg.solve(Z @ Z.T, np.ones(len(Z)))
            if alpha.min() >= 0 and (y * (X @ ((alpha * y) @ X))).min() > 1 - 1e-9:
                return alpha
    raise ValueError("no line through the origin")


def _best_bound(case, alpha, best):
    X, y = case.args
    y = np.asarray(y)
    if not np.isfinite(alpha).all():
        return "a price is not finite"
    if alpha.min() < -1e-9 * np.abs(alpha).max():
        return f"a price is negative: {alpha.min():.6g}"
    if abs(alpha @ y) > 1e-7 * alpha.sum():
        return f"the prices do not balance: Σ α y = {alpha @ y:.6g}"
    if alpha.max() > 1e100:  # D would leave the range of a float
        return f"a price is far too high: {alpha.max():.6g}"
    found, most = _dual(X, y, alpha), _dual(X, y, best)
    if abs(found - most) <= 1e-8 * most:
        return True
    return f"D of these prices is {found:.7g}, and {most:.7g} can be reached"


EXERCISE = Function(
    "hard_margin",
    "Six flowers",
    3,
    _hard_margin,
    _cases,
    [
        Mistake(
            "You stop at the first set whose prices are not negative. Do the points that you left "
            "out obey their rules (5.3), too?",
            _first_set,
        ),
        Mistake(
            "Your prices are all 0: you take the first set whose prices are not negative, which is "
            "one point alone. The other points must obey their rules (5.3), too.",
            _first_set_of_all,
        ),
        Mistake(
            "You ask for m ≥ 1 to the last digit. Rounding makes 0.9999999999999998 of a margin "
            "of 1, so allow a little, as m > 1 − 1e-9.",
            _exact_margins,
        ),
        Mistake(
            "Right wherever a line separates. If none does, no line obeys all rules: raise "
            "ValueError. Otherwise (5.13) has no best price.",
            _never_refuses,
        ),
        Mistake(
            "You charge the closest pair of *points*. The closest points of the two *hulls* "
            "(5.12) may lie between points.",
            _closest_pair,
        ),
        Mistake(
            "You put every point on the edge. That needs negative prices; by (5.10b) a point "
            "with room has the price 0.",
            _all_on_the_edge,
        ),
        Mistake(
            "These are y α, as in scikit-learn's `dual_coef_` (trap 2). Prices are not negative.",
            _signed,
        ),
        Mistake(
            "Your prices stop at a ceiling of 1 (trap 3). The hard margin has no ceiling.",
            _ceiling_one,
        ),
        Mistake(
            "Where no line separates, your prices hang at a ceiling. That is how a solver says "
            '"I cannot" (section 5.13); say it with a ValueError.',
            _high_ceiling,
        ),
        Mistake(
            "Your line goes through the origin: b is missing, and with it the balance (5.8b).",
            _through_the_origin,
        ),
    ],
    hidden_cases=_hidden_cases,
    accepts=_best_bound,
    on_success="An exact solver for a handful of points. For n points there are 2ⁿ sets: twenty "
    "would make a million.",
    seconds=5,
)
