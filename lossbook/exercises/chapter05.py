"""Exercises to chapter 5: the Lagrangian, repaired."""

from itertools import product

import numpy as np

from lossbook import svm
from lossbook.grading import Case, Choice, Function, Mistake, Proof

FLOWERS = np.array([[1.9, 0.4], [3.0, 1.1]])  # flowers 44 and 98 of the chapter

def _case(about, *args, extreme=False):
    """A Case whose lists are arrays, as the exercises promise."""
    return Case(
        about, tuple(np.array(a) if isinstance(a, list) else a for a in args), extreme=extreme
    )


# -------------------------------------------------------------------- the bill and its slope


def _bill_cases(rng):
    yield _case("one point", [[2.0]], [1], [3.0], 1.0, [2.0])
    yield _case("balanced prices", FLOWERS, [-1, 1], [2.0, 1.0], -4.0, [1.0, 1.0])
    yield _case("prices that do not balance", FLOWERS, [-1, 1], [2.0, 1.0], -4.0, [0.5, 2.0])
    yield _case("a rule kept with room", [[5.0], [-5.0]], [1, -1], [1.0], 0.5, [3.0, 0.25])
    yield _case("no price at all", FLOWERS, [1, 1], [2.0, -1.0], 3.0, [0.0, 0.0])
    for _ in range(2):
        n = int(rng.integers(5, 9))
        X, y = rng.normal(size=(n, 3)).round(2), rng.choice([-1, 1], size=n)
        w, alpha = rng.normal(size=3).round(2), rng.uniform(0, 2, size=n).round(2)
        yield _case("ordinary numbers", X, y, w, round(rng.normal(), 2), alpha)
    # The shares are multiples of ¼, so that the prices balance without any rounding.
    far = float(rng.choice([-1e17, 1e17]))
    alpha = [0.25, 0.75, 0.5, 0.5]
    X = rng.normal(size=(4, 2)).round(2)
    yield _case("far away", X, [1, 1, -1, -1], [1.5, -2.0], far, alpha, extreme=True)
    yield _case("a negative price", FLOWERS, [-1, 1], [2.0, 1.0], -4.0, [1.0, -0.5])
    yield _case("labels 0 and 1", FLOWERS, [0, 1], [2.0, 1.0], -4.0, [1.0, 1.0])


def _bill_afresh(rng):
    n = int(rng.integers(4, 8))
    X, y = rng.normal(size=(n, 2)).round(2), rng.permutation(np.resize([-1, 1], n))
    w, b, alpha = rng.normal(size=2).round(2), round(rng.normal(), 2), rng.integers(1, 20, n) / 8
    yield _case("balanced prices", X[:2], [1, -1], w, b, np.full(2, alpha[0]))
    yield _case("prices that do not balance", X, y, w, b, alpha)
    roomy = y[:, None] * (np.abs(X) + 1)
    yield _case("a rule kept with room", roomy, y, np.abs(w) + 2, 0.5, alpha)
    quarters = rng.integers(1, 9, size=2) / 4
    far = float(rng.choice([-1, 1]) * rng.integers(1, 9) * 10**17)
    prices = np.append(quarters, quarters[::-1])
    yield _case("far away", X[:4], [1, 1, -1, -1], w, far, prices, extreme=True)
    negative = np.where(np.arange(n) == n - 2, -alpha, alpha)
    yield _case("a negative price", X, y, w, b, negative)
    yield _case("labels 0 and 1", X, (y + 1) // 2, w, b, alpha)


def _checked(y, alpha, labels=True, prices=True):
    y, alpha = np.asarray(y, dtype=float), np.asarray(alpha, dtype=float)
    if labels and not np.all(np.abs(y) == 1):
        raise ValueError("labels must be −1 and +1")
    if prices and alpha.min() < 0:
        raise ValueError("prices must not be negative")
    return y, alpha


def _lagrangian(X, y, w, b, alpha, **checks):
    y, alpha = _checked(y, alpha, **checks)
    w, signed = np.asarray(w, dtype=float), alpha * y
    bill = w @ w / 2 + alpha.sum() - w @ (signed @ np.asarray(X)) - b * signed.sum()
    return bill, -signed.sum()


def _bill(X, y, w, b, alpha, half=0.5, charge=np.asarray, total=np.sum, sign=1, labels=True):
    """The bill as it is written in the note; the keywords are what the mistakes change."""
    y, alpha = _checked(y, alpha)
    w = np.asarray(w)
    m = (y if labels else 1) * (np.asarray(X) @ w + b)
    return half * w @ w + sign * total(alpha * charge(1 - m)), -np.sum(alpha * y)


def _sign_of_charges(*args):
    return _bill(*args, sign=-1)


def _no_half(*args):
    return _bill(*args, half=1)


def _no_refunds(*args):
    return _bill(*args, charge=lambda broken: np.maximum(0, broken))


def _mean_charge(*args):
    return _bill(*args, total=np.mean)


def _no_labels_in_margin(*args):
    return _bill(*args, labels=False)


def _slope_turned(*args):
    bill, slope = _bill(*args)
    return bill, -slope


def _slope_without_labels(X, y, w, b, alpha):
    return _bill(X, y, w, b, alpha)[0], -np.sum(alpha)


def _drowns(*args):
    return _bill(*args)


def _negative_prices(*args):
    return _lagrangian(*args, prices=False)


def _any_labels(*args):
    return _lagrangian(*args, labels=False)


def _slope_of_own_bill(ask):
    """The slope that was returned against the rise of the bill that was returned."""
    given = [FLOWERS, np.array([-1.0, 1.0]), np.array([2.0, 1.0]), 0.0, np.array([0.5, 2.0])]
    here = ask(*given)
    there = ask(*given[:3], 1.0, given[4])
    for said in (here, there):
        parts = said if isinstance(said, tuple) else ()
        if [getattr(part, "shape", None) for part in parts] != [(), ()]:
            return None
    rise = there[0] - here[0]
    if abs(rise - here[1]) > 1e-9:
        return (
            f"From b = 0 to b = 1 your own bill rises by {rise:.6g}, and your slope says "
            f"{here[1]:.6g}. The bill is a straight line in b (5.6): the two must agree."
        )
    return None


BILL = Function(
    "lagrangian",
    "The bill and its slope",
    1,
    _lagrangian,
    _bill_cases,
    [
        Mistake(
            "This charges the obedient: the broken amount is 1 − m, not m − 1 (trap 1).",
            _sign_of_charges,
        ),
        Mistake("The ½ before the cost ‖w‖² is missing, see (5.4).", _no_half),
        Mistake(
            "You drop the refunds. A rule kept with room has a *negative* charge in (5.4); only "
            "the inspector's max in (5.5) sets its price to 0.",
            _no_refunds,
        ),
        Mistake("The charges in (5.4) are a sum, not a mean.", _mean_charge),
        Mistake(
            "The margin is y (w · x + b). Without the label both classes get one rule.",
            _no_labels_in_margin,
        ),
        Mistake("The bill is right. The slope has the other sign: see (5.6).", _slope_turned),
        Mistake(
            "The bill is right. In the slope (5.6) each price carries its label.",
            _slope_without_labels,
        ),
        Mistake(
            "The formula is right on paper. At b = 1e17 the 1 drowns in 1 − m, although balanced "
            "prices make b drop out. Add up as (5.4) sorts it: the prices first, then times b.",
            _drowns,
        ),
        Mistake(
            "A price below 0 must be refused: the inspector may not pay for broken rules.",
            _negative_prices,
        ),
        Mistake("Labels other than −1 and +1 must be refused (trap 4).", _any_labels),
    ],
    afresh=_bill_afresh,
    probes=(_slope_of_own_bill,),
    done="At fixed prices the bill is a straight line in b (5.6), and only balance makes it level.",
)

# ------------------------------------------------------------------------------ two points


def _pair_cases(rng):
    yield _case("one dimension", [3.0], [1.0])
    yield _case("two flowers", FLOWERS[1], FLOWERS[0])
    yield _case("the plus below the minus", [0.0, -1.0], [2.0, 1.0])
    for d in (3, 7):
        yield _case("more dimensions", *rng.normal(size=(2, d)).round(2))
    yield _case("far from the origin", *(rng.normal(size=(2, 2)) + 50).round(2))
    yield _case("nearly one point", [1.0, 2.0], [1.0, 2.0 + 2.0**-20])
    yield _case("pixels (uint8)", np.array([0, 9], np.uint8), np.array([200, 5], np.uint8))
    yield _case("the same point twice", [1.0, 2.0], [1.0, 2.0])
    yield _case("shapes that differ", [1.0, 2.0], [3.0])


def _two_afresh(rng):
    d = int(rng.integers(2, 6))
    u, v = rng.integers(4, 100, size=(2, d)) / 4
    grey = np.sort(rng.permutation(256)[: 2 * d]).astype(np.uint8).reshape(2, d)
    yield _case("pixels (uint8)", *grey)
    yield _case("two flowers", *rng.uniform(0.1, 7, size=(2, 2)).round(1))
    near = u + np.eye(d)[d - 1] * rng.integers(1, 5) * 2.0**-20
    yield _case("nearly one point", u, near)
    yield _case("the same point twice", u, u.copy())
    yield _case("shapes that differ", u, v[:1])


def _pair(u, v, shapes=True, twins=True):
    u, v = np.asarray(u, dtype=float), np.asarray(v, dtype=float)
    if shapes and u.shape != v.shape:
        raise ValueError("one point has another shape")
    if twins and np.all(u == v):
        raise ValueError("no line separates a point from itself")
    return u, v, u - v


def _two_points(u, v, **checks):
    u, v, d = _pair(u, v, **checks)
    alpha = 2 / (d @ d)
    return alpha * d, 1 - alpha * (d @ u), alpha


def _price_not_squared(u, v):
    u, v, d = _pair(u, v)
    alpha = 2 / np.linalg.norm(d)
    return alpha * d, 1 - alpha * (d @ u), alpha


def _one_price(u, v):
    u, v, d = _pair(u, v)
    alpha = 1 / (d @ d)
    return alpha * d, -alpha * (d @ (u + v)) / 2, alpha


def _unit_length(u, v):
    w, b, alpha = _two_points(u, v)
    length = np.linalg.norm(w)
    return w / length, b / length, alpha


def _turned(u, v):
    w, b, alpha = _two_points(u, v)
    return -w, -b, alpha


def _line_through_plus(u, v):
    w, b, alpha = _two_points(u, v)
    return w, b - 1, alpha


def _offset_sign(u, v):
    w, b, alpha = _two_points(u, v)
    return w, -b, alpha


def _infinite(u, v):
    return _two_points(u, v, twins=False)


def _stretched(u, v):
    return _two_points(u, v, shapes=False)


def _wraps(u, v):
    _pair(u, v)
    d = np.asarray(u) - np.asarray(v)
    alpha = 2 / (d @ d)
    return alpha * d, 1 - alpha * d @ np.asarray(u), alpha


def _close_is_same(u, v):
    u, v, _ = _pair(u, v)
    if np.allclose(u, v):
        raise ValueError("the points are close")
    return _two_points(u, v)


TWO = Function(
    "two_points",
    "Two points",
    2,
    _two_points,
    _pair_cases,
    [
        Mistake(
            "The price divides by the *square* of the distance, see (5.11b). Prices have a unit "
            "(trap 5).",
            _price_not_squared,
        ),
        Mistake(
            "The price is half of (5.11b). Both points are charged: D = 2a − ½ a² ‖u − v‖².",
            _one_price,
        ),
        Mistake(
            "Your w has length 1. The scale is not free any more: both points have margin 1, and "
            "w = a (u − v) by (5.8).",
            _unit_length,
        ),
        Mistake(
            "Your f has the wrong sign everywhere: w points from the minus to the plus (5.8).",
            _turned,
        ),
        Mistake(
            "Your line f = 0 goes through the plus point. There f is +1: see (5.11).",
            _line_through_plus,
        ),
        Mistake("w and α are right. b has the other sign: see (5.11).", _offset_sign),
        Mistake(
            "Small integers wrap around when they are subtracted: 0 − 200 is 56 as uint8. Turn "
            "both into floats first.",
            _wraps,
        ),
        Mistake(
            "Points that lie close together are still two points: there is a line between them. "
            "Only the very same point must be refused.",
            _close_is_same,
        ),
        Mistake(
            "One point cannot be on both sides. Refuse it; an infinite price is no answer.",
            _infinite,
        ),
        Mistake(
            "Points of different shapes must be refused; NumPy stretches the shorter one.",
            _stretched,
        ),
    ],
    afresh=_two_afresh,
    done="A pencil's support vector machine: with flowers 98 and 44 it gives 20/17 and −322/85.",
)

# ------------------------------------------------------------------------------ four numbers


def _kkt_cases(rng):
    X, y = np.array([[3.0], [1.0]]), np.array([1, -1])
    yield _case("an exact answer", X, y, [1.0], -2.0, [0.5, 0.5])
    yield _case("a corridor too wide", X, y, [0.5], -1.0, [0.25, 0.25])
    yield _case("a corridor too narrow", X, y, [2.0], -4.0, [1.0, 1.0])
    yield _case("a negative price", X, y, [1.0], -2.0, [-0.5, -0.25])
    yield _case("prices out of balance", X, y, [1.0], -2.0, [1.0, 2.0])
    yield _case("w is not her best reply", X, y, [1.0], -2.0, [0.25, 0.25])
    yield _case("w too short for its prices", X, y, [1.0], -2.0, [0.75, 0.75])
    three = np.array([[3.0, 0.0], [1.0, 0.0], [-4.0, 1.0]])
    yield _case("room without a price", three, [1, -1, -1], [1.0, 0.0], -2.0, [0.5, 0.5, 0.0])
    for _ in range(3):
        n = int(rng.integers(5, 9))
        X, y = rng.normal(size=(n, 3)).round(2), rng.choice([-1, 1], size=n)
        alpha = rng.normal(0.5, 1, size=n).round(2)
        w, b = rng.normal(size=3).round(2), round(rng.normal(), 2)
        yield _case("ordinary numbers", X, y, w, b, alpha)
    yield _case("nan in w", X, y, [np.nan, 1.0, 2.0], 0.5, alpha)
    yield _case("nan in a price", three, [1, -1, -1], [1.0, 0.0], -2.0, [0.5, np.nan, 0.0])


def _kkt_afresh(rng):
    n = int(rng.integers(4, 8))
    X, y = rng.normal(size=(n, 2)).round(2), np.where(np.arange(n) == 1, -1, 1)
    w, b, alpha = rng.normal(size=2).round(2), round(rng.normal(), 2), rng.integers(2, 20, n) / 8
    yield _case("a corridor too wide", X / 10, y, w, b / 10, alpha)
    yield _case("a corridor too narrow", y[:, None] * (np.abs(X) + 1), y, np.abs(w) + 2, 0.0, alpha)
    yield _case("a negative price", X, y, w, b, -alpha)
    yield _case("prices out of balance", X / 10, np.ones(n), w / 10, b, alpha)
    balanced = np.full(2, alpha[0])
    yield _case("w is not her best reply", X[:2], [1, -1], w + 3, b, balanced)
    nowhere = np.where(np.arange(n) == n - 2, np.nan, alpha)
    yield _case("nan in a price", X, y, w, b, nowhere)


def _parts(X, y, w, b, alpha, labels=True):
    """1 − m, α, w − Σ α y x, Σ α y."""
    X, y, alpha = np.asarray(X), np.asarray(y), np.asarray(alpha)
    m = (y if labels else 1) * (X @ np.asarray(w) + b)
    return 1 - m, alpha, np.asarray(w) - (alpha * y) @ X, alpha @ y


def _largest(*numbers):
    return max(map(np.max, numbers)) if not np.isnan(np.hstack(numbers)).any() else np.nan


def _kkt(*args, **how):
    broken, alpha, reply, balance = _parts(*args, **how)
    return (
        _largest(0, broken),
        _largest(0, -alpha),
        _largest(np.abs(reply), np.abs(balance)),
        _largest(np.abs(alpha * broken)),
    )


def _room_is_a_fault(*args):
    broken = _parts(*args)[0]
    return (_largest(0, -broken), *_kkt(*args)[1:])


def _not_clipped(*args):
    broken, alpha = _parts(*args)[:2]
    return (_largest(broken), _largest(-alpha), *_kkt(*args)[2:])


def _margin_without_label(*args):
    return _kkt(*args, labels=False)


def _sums(*args):
    broken, alpha, reply, balance = _parts(*args)
    return (
        np.sum(np.maximum(0, broken)),
        np.sum(np.maximum(0, -alpha)),
        np.sum(np.abs(reply)) + np.abs(balance),
        np.sum(np.abs(alpha * broken)),
    )


def _terms_cancel(*args):
    broken, alpha = _parts(*args)[:2]
    return (*_kkt(*args)[:3], np.abs(np.sum(alpha * broken)))


def _no_absolute_value(*args):
    broken, alpha, reply, balance = _parts(*args)
    return (*_kkt(*args)[:2], _largest(reply, balance), _largest(-alpha * broken))


def _no_balance(*args):
    first, second, _, last = _kkt(*args)
    return first, second, _largest(np.abs(_parts(*args)[2])), last


def _only_balance(*args):
    first, second, _, last = _kkt(*args)
    return first, second, np.abs(_parts(*args)[3]), last


def _nan_is_fine(*args):
    broken, alpha = _parts(*args)[:2]
    return (max(0, np.max(broken)), max(0, np.max(-alpha)), *_kkt(*args)[2:])


FOUR = Function(
    "kkt_residuals",
    "Four numbers",
    2,
    _kkt,
    _kkt_cases,
    [
        Mistake(
            "The first number calls room a fault: a rule is broken by 1 − m, see (5.3).",
            _room_is_a_fault,
        ),
        Mistake(
            "A rule that is kept is no negative fault: the first two numbers are never below 0.",
            _not_clipped,
        ),
        Mistake(
            "The margin in (5.3) is y (w · x + b); the label is missing.", _margin_without_label
        ),
        Mistake("You add the faults up; the *worst* one is asked for, in each row.", _sums),
        Mistake(
            "The last number is a sum whose terms cancel. (5.10b) speaks of every single term.",
            _terms_cancel,
        ),
        Mistake(
            "A deviation to the other side is one, too: in the last two numbers the absolute "
            "values are missing.",
            _no_absolute_value,
        ),
        Mistake(
            "The third number has two conditions: w (5.8), and the balance (5.8b).", _no_balance
        ),
        Mistake(
            "The third number has two conditions: the balance (5.8b), and w (5.8).", _only_balance
        ),
        Mistake(
            "A nan passes for a solution: Python's max(0, nan) is 0. NumPy's maximum keeps it.",
            _nan_is_fine,
        ),
    ],
    afresh=_kkt_afresh,
    done="Four zeros are a proof: by (5.10) the gap is zero then, and by (5.7) both have done "
    "their best.",
)

# -------------------------------------------------------------------------- whose gap is it?


def _whose_gap():
    from lossbook.derive import Exercise

    return Exercise(
        "Whose gap is it?",
        r"""
Let i \in \{1,\dots,n\}, x_i \in \mathbb{R}^d, y_i \in \{-1, +1\}, w \in \mathbb{R}^d
Let b \in \mathbb{R}, \alpha_i \ge 0
Define m_i = y_i (w^\top x_i + b)
Define \hat w = \sum_i \alpha_i y_i x_i
Define D = \sum_i \alpha_i - \frac12 \lVert \hat w \rVert^2
Assume \sum_i \alpha_i y_i = 0
""",
        start=r"\frac12 \lVert w \rVert^2 - D",
        goal=r"\frac12 \lVert w - \hat w \rVert^2 + \sum_i \alpha_i (m_i - 1)",
        at_least=3,
    )


GAP = Proof(
    "whose_gap",
    "Whose gap is it?",
    2,
    _whose_gap,
    solution=r"""
= \frac12 \lVert w \rVert^2 + \frac12 \lVert \hat w \rVert^2 - \sum_i \alpha_i
= \frac12 \lVert w - \hat w \rVert^2 + w^\top \hat w - \sum_i \alpha_i
= \frac12 \lVert w - \hat w \rVert^2 + \sum_i \alpha_i m_i - \sum_i \alpha_i   % by (A)
= \frac12 \lVert w - \hat w \rVert^2 + \sum_i \alpha_i (m_i - 1)
""",
    false=[
        (r"= \frac12 \lVert w - \hat w \rVert^2 - \sum_i \alpha_i (m_i - 1)   % by (A)", 1),
        (
            r"""
= \frac12 \lVert w \rVert^2 + \frac12 \lVert \hat w \rVert^2 - \sum_i \alpha_i
= \frac12 \lVert w - \hat w \rVert^2 - w^\top \hat w - \sum_i \alpha_i
""",
            2,
        ),
    ],
    done="The gap is what the builder could save by her best reply plus what the inspector could "
    "gain by his. (5.10) is the case w = ŵ.",
)

# ------------------------------------------------------------------------------- six flowers


def _hard_cases(rng):
    yield _case("two points", [[0.0], [2.0]], [-1, 1])
    yield _case("four points of a line", [[0.0], [1.0], [4.0], [9.0]], [-1, -1, 1, 1])
    yield _case("three on the edge", [[0.0, 0.0], [2.0, 1.0], [2.0, -1.0]], [-1, 1, 1])
    yield _case("prices above 1", np.vstack([FLOWERS, [[4.7, 1.4]]]), [-1, 1, 1])
    box = [[5.0, 5.0], [5.0, 6.0], [7.0, 5.0], [7.0, 6.0]]
    yield _case("more on the edge than needed", box, [1, 1, -1, -1])
    twins = [[0.0, 0.0], [2.0, 1.0], [2.0, 1.0], [3.0, -1.0], [2.0, -1.0]]
    yield _case("twins", twins, [-1, 1, 1, 1, 1])
    for d in (2, 2, 3):
        y = rng.permutation([-1, -1, -1, 1, 1, 1])
        X, way = rng.normal(size=(6, d)), rng.normal(size=d)
        way /= np.linalg.norm(way)
        ahead = X @ way
        X = X + np.outer(y * (np.abs(ahead) + 0.4) - ahead, way) + 1
        yield _case("six points", X.round(2), y)
    xor = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    yield _case("XOR", xor, [-1, 1, 1, -1])
    yield _case("one point of both classes", [[1.0, 2.0], [1.0, 2.0]], [-1, 1])
    inside = [[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [1.0, 1.0]]
    yield _case("one inside of the others", inside, [1, 1, 1, -1])


def _hard_afresh(rng):
    def eighths(*shape):
        return rng.integers(-40, 41, size=shape) / 8

    corner, u = eighths(2), (rng.integers(8, 40, size=2) / 8) * rng.choice([-1, 1], size=2)
    across = np.array([-u[1], u[0]])
    aside = across * rng.integers(2, 8) / 8 + u * rng.integers(-4, 5) / 8
    yield _case("two points", np.array([corner, corner + u]), [-1, 1])
    square = corner + np.array([0 * u, aside, u, u + aside])
    xor = rng.permutation(4)
    yield _case("XOR", square[xor], np.array([-1, 1, 1, -1])[xor])
    step = u / np.linalg.norm(u) * rng.uniform(0.3, 0.9)
    points = corner + np.array([0 * u, step, 2 * step + across, 3 * step - across])
    yield _case("prices above 1", points, [-1, 1, 1, 1])
    inside = corner + (u + aside) / 4
    three = np.array([corner, corner + u, corner + aside, inside])
    sign = int(rng.choice([-1, 1]))
    yield _case("one inside of the others", three, [sign, sign, sign, -sign])
    both = np.array([corner, corner + u, corner])
    yield _case("one point of both classes", both, [sign, sign, -sign])
    twins = np.array([corner, corner + u, corner + u, corner + 2 * u + aside])
    yield _case("twins", twins, [-1, 1, 1, 1])


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
    found, most = _dual(X, y, alpha), _dual(X, y, best)
    if abs(found - most) <= 1e-8 * most:
        return True
    return f"D of these prices is {found:.7g}, and {most:.7g} can be reached"


SIX = Function(
    "hard_margin",
    "Six flowers",
    3,
    _hard_margin,
    _hard_cases,
    [
        Mistake(
            "You stop at the first set whose prices are not negative. Do the points that you left "
            "out obey their rules (5.3), too?",
            _first_set,
        ),
        Mistake(
            "Right wherever a line separates. Where none does, nobody obeys all rules: raise "
            "ValueError. Otherwise (5.13) has no best price.",
            _never_refuses,
        ),
        Mistake(
            "You charge the closest pair of *points*. The closest points of the two *hulls* "
            "(5.12) may lie between points.",
            _closest_pair,
        ),
        Mistake(
            "You put every point on the edge. That needs negative prices; by (5.10b) who has room "
            "is not charged.",
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
            "\"I cannot\" (section 5.13); say it with a ValueError.",
            _high_ceiling,
        ),
        Mistake(
            "Your line goes through the origin: b is missing, and with it the balance (5.8b).",
            _through_the_origin,
        ),
    ],
    afresh=_hard_afresh,
    accepts=_best_bound,
    done="An exact solver for a handful of points. For n points there are 2ⁿ sets: twenty would "
    "make a million.",
    seconds=5,
)

# --------------------------------------------------------------- a best price that is not there

NO_BEST = Choice(
    "no_best_price",
    "When the best price does not exist",
    3,
    {
        "a": "α = 0 is the best price, since the rule is kept at x = 0",
        "b": "g(α) = −∞ for every price: x falls for ever, as the note's line does",
        "c": "there is no gap, and there is no best price",
        "d": "there is a gap: every bound stays below −1/4",
    },
    "c",
    {
        "a": "At α = 0 the rule costs nothing, so the builder breaks it: g(0) = min x = −∞.",
        "b": "That happens at α = 0 only. For α > 0 the charge α x² makes a bowl: complete the "
        "square. Where is its lowest point?",
        "d": "−1/4 is g(1). What is g(100)?",
    },
    because="g(α) = −1/(4α), reached at x = −1/(2α). The bounds climb towards the cost 0 and "
    "never arrive: the supremum is 0, and no price reaches it. Strong duality as section 5.10 "
    "quotes it wants rules of first degree, and x² is none. (Nor does any x keep this rule with "
    "room to spare, which is Slater's condition for curved rules.)",
    variable="answer",
)

EXERCISES = [BILL, TWO, FOUR, GAP, SIX, NO_BEST]
