"""The bill and its slope: the Lagrangian (5.4) at fixed prices, and its derivative by b.

It teaches that the bill is a straight line in b, level only where the prices balance; a probe
holds the slope against the student's own bill. Expected are the sign of the charges, also in the
slope, a missing ½ or square, refunds that are dropped, a mean, missing labels, and prices or labels
that should be refused. Prices that balance at a huge b are a bonus.
"""

import numpy as np

from lossbook.checking import Bonus, Function, Mistake
from lossbook.exercises._shared import array_case

FLOWERS = np.array([[1.9, 0.4], [3.0, 1.1]])  # flowers 44 and 98 of the chapter


def _cases(rng):
    yield array_case("one point", [[2.0]], [1], [3.0], 1.0, [2.0])
    yield array_case("balanced prices", FLOWERS, [-1, 1], [2.0, 1.0], -4.0, [1.0, 1.0])
    yield array_case("prices that do not balance", FLOWERS, [-1, 1], [2.0, 1.0], -4.0, [0.5, 2.0])
    yield array_case("a rule kept with room", [[5.0], [-5.0]], [1, -1], [1.0], 0.5, [3.0, 0.25])
    yield array_case("no price at all", FLOWERS, [1, 1], [2.0, -1.0], 3.0, [0.0, 0.0])
    for _ in range(2):
        n = int(rng.integers(5, 9))
        X, y = rng.normal(size=(n, 3)).round(2), rng.choice([-1, 1], size=n)
        w, alpha = rng.normal(size=3).round(2), rng.uniform(0, 2, size=n).round(2)
        yield array_case("ordinary numbers", X, y, w, round(rng.normal(), 2), alpha)
    yield array_case("a negative price", FLOWERS, [-1, 1], [2.0, 1.0], -4.0, [1.0, -0.5])
    yield array_case("labels 0 and 1", FLOWERS, [0, 1], [2.0, 1.0], -4.0, [1.0, 1.0])
    yield array_case("labels −2 and 1", FLOWERS, [-2, 1], [2.0, 1.0], -4.0, [1.0, 1.0])


def _hidden_cases(rng):
    n = int(rng.integers(4, 8))
    X, y = rng.normal(size=(n, 2)).round(2), rng.permutation(np.resize([-1, 1], n))
    w, b, alpha = rng.normal(size=2).round(2), round(rng.normal(), 2), rng.integers(1, 20, n) / 8
    yield array_case("balanced prices", X[:2], [1, -1], w, b, np.full(2, alpha[0]))
    yield array_case("prices that do not balance", X, y, w, b, alpha)
    roomy = y[:, None] * (np.abs(X) + 1)
    yield array_case("a rule kept with room", roomy, y, np.abs(w) + 2, 0.5, alpha)
    negative = np.where(np.arange(n) == n - 2, -alpha, alpha)
    yield array_case("a negative price", X, y, w, b, negative)
    yield array_case("labels 0 and 1", X, (y + 1) // 2, w, b, alpha)
    yield array_case("labels −2 and 1", X, np.where(y < 0, -2, 1), w, b, alpha)


def _beyond(rng):
    # The prices are multiples of ¼, so that they balance without any rounding.
    X, w = np.array([[1.5, 0.25], [0.5, 2.0], [-1.0, 0.75], [0.25, -0.5]]), [1.5, -2.0]
    for b in (1e17, -1e17):
        yield array_case("b = ±1e17", X, [1, 1, -1, -1], w, b, [0.25, 0.75, 0.5, 0.5], extreme=True)


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


def _bill(
    X, y, w, b, alpha, half=0.5, charge=np.asarray, total=np.sum, sign=1, labels=True, power=1
):
    """The bill as it is written in the note; the keywords are what the mistakes change."""
    y, alpha = _checked(y, alpha)
    w = np.asarray(w)
    m = (y if labels else 1) * (np.asarray(X) @ w + b)
    return half * (w @ w) ** power + sign * total(alpha * charge(1 - m)), -np.sum(alpha * y)


def _sign_of_charges(*args):
    return _bill(*args, sign=-1)


def _sign_throughout(*args):
    bill, slope = _bill(*args, sign=-1)
    return bill, -slope


def _norm_not_squared(*args):
    return _bill(*args, power=0.5)


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


EXERCISE = Function(
    "lagrangian",
    "The bill and its slope",
    1,
    _lagrangian,
    _cases,
    [
        Mistake(
            "This charges the obedient: the broken amount is 1 − m, not m − 1 (trap 1).",
            _sign_of_charges,
        ),
        Mistake(
            "The sign of the charges is wrong in the bill and in its slope: the broken amount is "
            "1 − m, not m − 1 (trap 1). Both follow from each other, and both charge the obedient.",
            _sign_throughout,
        ),
        Mistake("The cost in (5.4) is ½‖w‖², with the square; yours is ½‖w‖.", _norm_not_squared),
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
            "A price below 0 must be refused: the inspector may not pay for broken rules.",
            _negative_prices,
        ),
        Mistake("Labels other than −1 and +1 must be refused (trap 4).", _any_labels),
    ],
    hidden_cases=_hidden_cases,
    probes=(_slope_of_own_bill,),
    bonus=Bonus(
        _beyond,
        "At b = 1e17 the 1 in 1 − m is rounded away, although balanced prices make b drop out. Add "
        "up as (5.4) sorts it: the prices first, then times b.",
    ),
    version=2,
    on_success="At fixed prices the bill is a straight line in b (5.6), and only balance makes it "
    "level.",
)
