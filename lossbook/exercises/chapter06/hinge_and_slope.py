"""The kink: the hinge loss and its slope in the margin, sample by sample.

It teaches that at m = 1 any slope from −1 to 0 is right. Expected are the pull for the slope, the
slope in the score, a missing label, the perceptron's loss or the squared one, means, a slope that
never stops, 0 / 0 at the kink, and labels or shapes that should be refused. Scores whose sum
overflows are a bonus.
"""

import numpy as np

from lossbook import margin
from lossbook.checking import Bonus, Function, Mistake
from lossbook.exercises._shared import array_case


def _cases(rng):
    yield array_case("small numbers", [1, 1, -1], [2.0, 0.5, 0.5])
    yield array_case("on the kink", [1, -1], [1.0, -1.0])
    yield array_case("one sample", [-1], [3.0])
    yield array_case("no decision", [1, -1], [0.0, 0.0])
    yield array_case("whole numbers", [-1, 1, 1, -1], [3, 3, -2, -1])
    for n in rng.integers(5, 9, size=2):
        y, f = rng.choice([-1.0, 1.0], size=n), rng.normal(size=n).round(2)
        yield array_case("ordinary numbers", y, f)
    yield array_case("labels 0 and 1", [0, 1], [0.5, 2.0])
    yield array_case("labels −2 and 1", [-2, 1], [0.5, 2.0])
    yield array_case("shapes that differ", [1, -1], [[0.5], [2.0]])
    yield array_case("shapes that differ", [[1], [-1]], [0.5, 2.0])
    yield array_case("lengths that differ", [1, -1], [0.5])
    yield array_case("lengths that differ", [1], [0.5, 2.0])


def _hidden_cases(rng):
    n = int(rng.integers(5, 9))
    y, f = rng.choice([-1.0, 1.0], size=n), rng.uniform(-2, 2, size=n).round(2)
    f[:2] = y[:2] * rng.uniform(1.5, 4, size=2).round(2)  # far outside of the corridor
    yield array_case("small numbers", y, f)
    yield array_case("on the kink", np.append(y, [1.0, -1.0]), np.append(f, [1.0, -1.0]))
    yield array_case("whole numbers", rng.choice([-1, 1], size=n), rng.integers(-9, 10, size=n))
    yield array_case("labels 0 and 1", np.where(np.arange(n) == 2, 0, y), f)
    yield array_case("labels −2 and 1", np.where(np.arange(n) == 2, -2, y), f)
    yield array_case("shapes that differ", y, f[:, None])
    yield array_case("shapes that differ", y[:, None], f)
    yield array_case("lengths that differ", y, f[:1])
    yield array_case("lengths that differ", y[:1], f)


def _beyond(rng):
    huge = [1.5e308, -1.5e308, 1.5e308, -1.5e308]
    yield array_case("scores of 1.5e308", [1, 1, -1, -1], huge, extreme=True)


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


EXERCISE = Function(
    "hinge_and_slope",
    "The kink",
    1,
    _hinge_and_slope,
    _cases,
    [
        Mistake(
            "This is the pull, −φ′(m). The slope φ′(m) is asked for: the loss *falls* when a "
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
            "Your slope is −1 everywhere. Beyond m = 1 the hinge is flat, and section 6.6 needs "
            "that: a sample outside of the corridor does not pull.",
            _never_stops,
        ),
        Mistake(
            "At m = 1 you divide 0 by 0. Any number from −1 to 0 is right there, but nan is none.",
            _zero_by_zero,
        ),
        Mistake(
            "Labels 0 and 1 pass. Half of the margins are 0 then, without an error: refuse them "
            "with a ValueError.",
            _any_label,
        ),
        Mistake(
            "Shapes that differ must be refused: NumPy multiplies every label with every score "
            "for (n,) and (n, 1), and stretches an array of one number.",
            _every_with_every,
        ),
    ],
    hidden_cases=_hidden_cases,
    accepts=_any_subgradient,
    bonus=Bonus(
        _beyond,
        "A sum leaves the range of floats before it is halved or squared. A maximum adds nothing.",
    ),
    version=2,
    on_success="At the kink anything from −1 to 0 is right; `margin.hinge_gradient` returns 0 "
    "there.",
)
