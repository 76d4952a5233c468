"""Any surrogate: the score of least conditional risk, found by searching a grid.

It teaches that (1.7) charges both labels, each at its own margin, and when a grid was too short
to tell. Expected are one margin for both labels, η and 1 − η exchanged, one label alone, a place
for a score, a loss for a risk, three ways to misjudge the ends of the grid, and an η that is no
probability.
"""

import numpy as np

from lossbook import margin
from lossbook.checking import Case, Function, Mistake


def perceptron(m):
    return np.maximum(0, -m)


def cubic_hinge(m):
    return np.maximum(0, 1 - m) ** 3


def _cases(rng):
    five, short = np.arange(-2.0, 3.0), np.array([-0.5, -0.25, 0.0, 0.25, 0.5])
    yield Case("hinge", (margin.hinge, 0.75, five))
    yield Case("square", (margin.square, 0.25, np.array([-1.0, -0.5, 0.0, 0.5, 1.0])))
    yield Case("perceptron", (perceptron, 0.75, np.array([-1.0, 0.0, 1.0])))
    yield Case("a grid to one side", (margin.hinge, 0.25, np.array([-2.0, -1.0, 0.0, 3.0])))
    yield Case("a grid to one side", (margin.square, 0.75, np.array([-1.0, 0.5, 1.0, 4.0])))
    yield Case("still falling at the right end", (margin.logistic, 1, five))
    yield Case("still falling at the left end", (margin.exponential, 0, five))
    yield Case("a grid that is too short", (margin.square, 0.875, short))
    yield Case("a flat bottom", (margin.hinge, 0.5, five))
    yield Case("a flat bottom up to the left end", (margin.hinge, 0, five))
    yield Case("a flat bottom up to the right end", (margin.hinge, 1, five))
    yield Case("zero-one", (margin.zero_one, 0.25, five))
    fine = np.arange(-400, 401) / 100
    for phi, low, high in ((margin.logistic, 0.1, 0.4), (cubic_hinge, 0.6, 0.9)):
        yield Case("a fine grid", (phi, round(float(rng.uniform(low, high)), 2), fine))
    yield Case("η outside [0, 1]", (margin.hinge, 1.25, five))
    yield Case("η outside [0, 1]", (margin.hinge, -0.25, five))


def _hidden_cases(rng):
    def grid(low, high, n):
        return np.sort(rng.choice(np.arange(low, high, 0.0625), n, replace=False))

    def inside(low, high):
        return float(rng.uniform(low, high))

    fine = np.arange(-400, 401) / 100 + inside(-0.005, 0.005)
    yield Case("a fine grid", (margin.logistic, inside(0.1, 0.4), fine))
    yield Case("a fine grid", (cubic_hinge, inside(0.6, 0.9), fine))
    short = grid(-0.5, 0.5, 6)
    yield Case("a grid that is too short", (margin.square, inside(0.8, 0.95), short))
    wide = grid(-3, 3, 7)
    yield Case("still falling at the right end", (margin.logistic, 1, wide))
    yield Case("still falling at the left end", (margin.exponential, 0, wide))
    flat = np.append(grid(-4, -1, 3), grid(-1, 3, 3))
    yield Case("a flat bottom up to the left end", (margin.hinge, 0, flat))
    yield Case("a flat bottom up to the right end", (margin.hinge, 1, -flat[::-1]))
    yield Case("zero-one", (margin.zero_one, inside(0.1, 0.4), wide))
    yield Case("a grid to one side", (margin.square, inside(0.1, 0.4), wide + inside(1, 2)))
    yield Case("a grid to one side", (cubic_hinge, inside(0.6, 0.9), wide - inside(1, 2)))
    yield Case("η outside [0, 1]", (margin.hinge, 1 + inside(0.01, 1), wide))
    yield Case("η outside [0, 1]", (margin.hinge, -inside(0.01, 1), wide))


def _search(phi, eta, scores, *, risk=None, falling=None, refuse=True):
    """Search the grid; a mistake brings its own risk or its own test of the ends."""
    if refuse and not 0 <= eta <= 1:
        raise ValueError("eta must lie between 0 and 1")
    risks = (risk or _risk)(phi, eta, scores)
    k = int(np.argmin(risks))
    return scores[k], risks[k], (falling or _falling)(risks, k)


def _risk(phi, eta, f):
    return eta * phi(f) + (1 - eta) * phi(-f)


def _falling(risks, k):
    return min(risks[0], risks[-1]) < risks[1:-1].min()


def _minimizer(phi, eta, scores):
    return _search(phi, eta, scores)


def _no_minus(phi, eta, scores):
    return _search(phi, eta, scores, risk=lambda phi, eta, f: eta * phi(f) + (1 - eta) * phi(f))


def _one_minus_the_loss(phi, eta, scores):
    return _search(
        phi, eta, scores, risk=lambda phi, eta, f: eta * phi(f) + (1 - eta) * (1 - phi(f))
    )


def _grid_turned_round(phi, eta, scores):
    """φ(−f) read from the other end of the grid, which is right if the grid is symmetric."""
    return _search(
        phi,
        eta,
        scores,
        risk=lambda phi, eta, f: eta * phi(f) + (1 - eta) * phi(f)[::-1],
    )


def _eta_swapped(phi, eta, scores):
    return _search(phi, eta, scores, risk=lambda phi, eta, f: _risk(phi, 1 - eta, f))


def _positive_only(phi, eta, scores):
    return _search(phi, eta, scores, risk=lambda phi, eta, f: eta * phi(f))


def _position(phi, eta, scores):
    _, risk, falling = _search(phi, eta, scores)
    return int(np.argmin(_risk(phi, eta, scores))), risk, falling


def _loss_of_the_score(phi, eta, scores):
    f, _, falling = _search(phi, eta, scores)
    return f, phi(f), falling


def _by_position(phi, eta, scores):
    return _search(phi, eta, scores, falling=lambda risks, k: k in (0, len(risks) - 1))


def _right_end_only(phi, eta, scores):
    return _search(phi, eta, scores, falling=lambda risks, k: risks[-1] < risks[:-1].min())


def _never_says(phi, eta, scores):
    return _search(phi, eta, scores, falling=lambda risks, k: False)


def _any_eta(phi, eta, scores):
    return _search(phi, eta, scores, refuse=False)


def _as_good_a_score(case, value, expected):
    phi, eta, scores = case.args
    f, risk, at_end = (float(part) for part in value)
    least, falling = float(expected[1]), bool(expected[2])
    if not np.any(np.abs(scores - f) <= 1e-9):
        return "the score is none of the given ones"
    found = _risk(phi, eta, f)
    if not found <= least + 1e-12:
        return f"the conditional risk of this score is {found:.8g}, and {least:.8g} can be reached"
    if not abs(risk - least) <= 1e-9 * (1 + least):
        return f"a best score, but its conditional risk is {least:.6g}"
    if at_end != falling and falling:
        return "a best score, but the bowl still falls there: the third answer is True (1)"
    if at_end != falling:
        return "a best score, but one between the ends is as good: the third answer is False (0)"
    return True


EXERCISE = Function(
    "minimizer",
    "Any surrogate",
    2,
    _minimizer,
    _cases,
    [
        Mistake(
            "You charge φ(f) for both labels. Where the label is −1 the margin is −f: see (1.7).",
            _no_minus,
        ),
        Mistake(
            "You take 1 − φ(f) for the loss of the label −1. Only the zero–one loss is like that: "
            "the margin of this label is −f, and (1.7) charges φ(−f).",
            _one_minus_the_loss,
        ),
        Mistake(
            "You read φ(−f) from the other end of the grid. That is right for grids that are "
            "symmetric about 0 only: compute `phi(-scores)`.",
            _grid_turned_round,
        ),
        Mistake(
            "η and 1 − η have changed places. In (1.7) η is the probability of +1, whose margin "
            "is f.",
            _eta_swapped,
        ),
        Mistake("This looks at the label +1 only. (1.7) has a second term.", _positive_only),
        Mistake("You return the place in the grid, and not the score there.", _position),
        Mistake(
            "Your second number is φ(f), the loss of a sample with the label +1. Asked for is the "
            "conditional risk C_η(f) of (1.7).",
            _loss_of_the_score,
        ),
        Mistake(
            "You say that the bowl is still falling because the *first* of several best scores is "
            "an end. If a score between the ends is as good, the bowl is flat there.",
            _by_position,
        ),
        Mistake(
            "You look at the right end only. At η = 0 the best logistic score is −∞.",
            _right_end_only,
        ),
        Mistake(
            "You never say that the grid was too short. Where an end is better than every score "
            "between, the true best score lies outside.",
            _never_says,
        ),
        Mistake("A probability below 0 or above 1 must be refused.", _any_eta),
    ],
    hidden_cases=_hidden_cases,
    accepts=_as_good_a_score,
    version=2,
    on_success="It finds the f* and the H of section 1.7 for losses that have no solution on "
    "paper.",
)
